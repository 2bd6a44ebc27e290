using EventTriggers.Tool.Examining;

namespace EventTriggers.Tool.Documents;

internal sealed class DoctorDocument
{
    public required DateTimeOffset At { get; init; }

    public required string Server { get; init; }

    public required string Prefix { get; init; }

    public required bool IsHealthy { get; init; }

    public required IReadOnlyList<Check> Checks { get; init; }
}
