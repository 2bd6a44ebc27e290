namespace EventTriggers;

/// <summary>The firing of a trigger that raised an event.</summary>
public sealed class Firing
{
    /// <summary>Gets the id of the trigger.</summary>
    public required string TriggerId { get; init; }

    /// <summary>Gets the moment at which it was due; for an event trigger, the moment at which the matched event was published.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>
    /// Gets the moment at which it fired, by the clock of Redis: never before <see cref="DueAt"/>, except by
    /// <see cref="ITriggerStore.FireNowAsync"/>.
    /// </summary>
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>Gets the number of this firing of the trigger, starting at 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets the number of occurrences of a recurring trigger that were due since the previous firing and did not fire, because no
    /// process was running or the trigger was paused. For a cron expression, at most 10 000 are counted at a time.</summary>
    public required long Missed { get; init; }

    /// <summary>Gets the matched events, oldest first; empty for a time trigger.</summary>
    public required IReadOnlyList<SourceEvent> Sources { get; init; }
}
