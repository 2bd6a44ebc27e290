namespace EventTriggers;

/// <summary>Selects the triggers to list. A property that is not set matches every trigger.</summary>
public sealed class TriggerQuery
{
    /// <summary>Gets the status.</summary>
    public TriggerStatus? Status { get; init; }

    /// <summary>Gets the kind.</summary>
    public TriggerKind? Kind { get; init; }

    /// <summary>Gets the wire name of the event that the trigger publishes.</summary>
    public string? EventType { get; init; }

    /// <summary>
    /// Gets the wire name of the events that the trigger waits for, or one of their other names. Time triggers never match.
    /// </summary>
    public string? SourceType { get; init; }

    /// <summary>Gets a tag that the trigger has. Triggers without the tag are not read.</summary>
    public string? Tag { get; init; }

    /// <summary>Gets the earliest due time, inclusive. Event triggers have no due time and never match.</summary>
    public DateTimeOffset? DueFrom { get; init; }

    /// <summary>Gets the latest due time, exclusive. Event triggers have no due time and never match.</summary>
    public DateTimeOffset? DueBefore { get; init; }

    /// <summary>Gets how the ids begin.</summary>
    public string? IdPrefix { get; init; }
}
