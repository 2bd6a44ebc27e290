using EventTriggers.Tool.Operating;

namespace EventTriggers.Tool.Documents;

internal sealed class StatusDocument
{
    public required DateTimeOffset At { get; init; }

    public required string Server { get; init; }

    public required string Prefix { get; init; }

    public required int Partitions { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    public required IReadOnlyList<GroupView> Groups { get; init; }

    public required UnroutedCounts Unrouted { get; init; }

    public required int Consumers { get; init; }
}
