namespace EventTriggers;

/// <summary>The firing of a trigger that raised an event.</summary>
public sealed class Firing
{
    /// <summary>Gets the trigger.</summary>
    public required string TriggerId { get; init; }

    /// <summary>Gets when it was due: for an event trigger when the matched event was published.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Gets when it fired, by the clock of Redis; never before <see cref="DueAt"/>, except by <see cref="ITriggerStore.FireNowAsync"/>.</summary>
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>Gets the how manieth firing of the trigger this is, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets how many occurrences of a recurring trigger were due since its firing before this one and did not fire, because nothing was running or it was paused. Of a
    /// cron expression at most 10 000 are counted at a time.</summary>
    public required long Missed { get; init; }

    /// <summary>Gets the matched events, oldest first; none for a time trigger.</summary>
    public required IReadOnlyList<SourceEvent> Sources { get; init; }
}
