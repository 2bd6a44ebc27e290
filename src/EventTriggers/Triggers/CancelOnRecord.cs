using EventTriggers.Events;
using EventTriggers.Triggers.Matching;

namespace EventTriggers;

/// <summary>The events that cancel a stored trigger.</summary>
public sealed class CancelOnRecord
{
    /// <summary>Gets the wire name of the events.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the other wire names of the events, see <see cref="TriggerRecord.SourceAliases"/>; empty for none.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Gets the <see cref="EventPattern"/> that they must match; <see langword="null"/> for all.</summary>
    public string? Pattern { get; init; }

    internal static CancelOnRecord? From(CancelOnRule? cancellation) =>
        cancellation is null ? null : new CancelOnRecord
        {
            Type = NameList.First(cancellation.Type),
            Aliases = NameList.Rest(cancellation.Type),
            Pattern = cancellation.Pattern?.ToString(),
        };
}
