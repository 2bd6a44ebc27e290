namespace EventTriggers;

/// <summary>What a rule over time knows of one value of the trigger's key.</summary>
public sealed class OverTimeExplanation
{
    /// <summary>Gets what the rule waits for.</summary>
    public required OverTimeKind Kind { get; init; }

    /// <summary>
    /// Gets the event's value of the trigger's key; at most 200 characters. <see langword="null"/> if all events count together.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// Gets the events with this key that count or wait together with the event, oldest first, at most 2000; it is among them if it counts,
    /// or would.
    /// </summary>
    public IReadOnlyList<CountedEvent> Events { get; init; } = [];

    /// <summary>
    /// Gets the number of events that are missing before the rule fires; <see langword="null"/> if it does not wait for events.
    /// </summary>
    public int? Missing { get; init; }

    /// <summary>
    /// Gets the last moment at which the missing events may be published; <see langword="null"/> if nothing is missing, or only an earlier
    /// event that is not matched yet could complete the rule.
    /// </summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>
    /// Gets the moment at which the trigger fires for what waits (<c>NotFollowedBy</c>, <c>Debounce</c>); <see langword="null"/> for none.
    /// </summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Gets the event that answers this one (<c>NotFollowedBy</c>); <see langword="null"/> for none.</summary>
    public string? AnsweredBy { get; init; }

    /// <summary>
    /// Gets the moments at which the trigger fired near the event, as <c>AtMost</c> counts them, oldest first; empty without a limit.
    /// </summary>
    public IReadOnlyList<DateTimeOffset> RecentFirings { get; init; } = [];

    /// <summary>Gets the moment from which <c>AtMost</c> allows the next firing; <see langword="null"/> if it allows one now.</summary>
    public DateTimeOffset? FreeAt { get; init; }

    /// <summary>
    /// Gets the event with the same value of <c>DistinctBy</c> because of which this one is skipped; <see langword="null"/> for none.
    /// </summary>
    public string? SameValueAs { get; init; }

    /// <summary>Gets the moment from which the value of <c>DistinctBy</c> counts again; <see langword="null"/> if it counts.</summary>
    public DateTimeOffset? CountsAgainAt { get; init; }

    /// <summary>
    /// Gets a value indicating whether earlier events may have been forgotten, because the event is matched long after it was published.
    /// </summary>
    public bool MayHaveForgotten { get; init; }
}
