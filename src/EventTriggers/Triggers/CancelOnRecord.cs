using EventTriggers.Triggers.Matching;

namespace EventTriggers;

/// <summary>Which events cancel a trigger, as it is stored.</summary>
public sealed class CancelOnRecord
{
    /// <summary>Gets the wire name of the events.</summary>
    public required string Type { get; init; }

    /// <summary>Gets which of them, as an <see cref="EventPattern"/>; <see langword="null"/> for all.</summary>
    public string? Pattern { get; init; }

    internal static CancelOnRecord? From(CancelOnRule? cancellation) =>
        cancellation is null ? null : new CancelOnRecord { Type = cancellation.Type, Pattern = cancellation.Pattern?.ToString() };
}
