using EventTriggers.Triggers.Matching;

namespace EventTriggers;

/// <summary>The events that cancel a stored trigger.</summary>
public sealed class CancelOnRecord
{
    /// <summary>Gets the wire name of the events.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the <see cref="EventPattern"/> that they must match; <see langword="null"/> for all.</summary>
    public string? Pattern { get; init; }

    internal static CancelOnRecord? From(CancelOnRule? cancellation) =>
        cancellation is null ? null : new CancelOnRecord { Type = cancellation.Type, Pattern = cancellation.Pattern?.ToString() };
}
