namespace EventTriggers;

/// <summary>Which triggers to list. What is not set matches all.</summary>
public sealed class TriggerQuery
{
    /// <summary>Gets the status.</summary>
    public TriggerStatus? Status { get; init; }

    /// <summary>Gets the kind.</summary>
    public TriggerKind? Kind { get; init; }

    /// <summary>Gets the wire name of the event that is published.</summary>
    public string? EventType { get; init; }

    /// <summary>Gets the wire name of the events that the trigger waits for. Time triggers wait for none and never match.</summary>
    public string? SourceType { get; init; }

    /// <summary>Gets a tag. Only the triggers that have it are read, however many others there are.</summary>
    public string? Tag { get; init; }

    /// <summary>Gets the moment from which on the trigger is, or was, due. Event triggers have no due time and never match.</summary>
    public DateTimeOffset? DueFrom { get; init; }

    /// <summary>Gets the moment before which the trigger is, or was, due. Event triggers have no due time and never match.</summary>
    public DateTimeOffset? DueBefore { get; init; }
}
