using System.Globalization;

namespace EventTriggers;

/// <summary>A firing of a recurring trigger, as it is remembered.</summary>
public sealed class FiringRecord
{
    /// <summary>Gets when it was due.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Gets when it fired, by the clock of Redis.</summary>
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>Gets by how much it was late.</summary>
    public TimeSpan Lateness => FiredAt - DueAt;

    /// <summary>Gets the id of the event that it raised.</summary>
    public required EventId EventId { get; init; }

    internal static FiringRecord Parse(string entry) => entry.Split(' ') is [var due, var fired, var id]
        ? new FiringRecord { DueAt = Time(due), FiredAt = Time(fired), EventId = new EventId(id) }
        : throw new InvalidOperationException($"The history of a trigger holds '{entry}'.");

    private static DateTimeOffset Time(string ms) => Unix.Time(long.Parse(ms, CultureInfo.InvariantCulture));
}
