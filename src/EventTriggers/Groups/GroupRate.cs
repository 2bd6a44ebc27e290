namespace EventTriggers;

/// <summary>What happened to the deliveries of a group in one interval.</summary>
public sealed class GroupRate
{
    /// <summary>Gets the moment at which the interval begins, by the clock of Redis.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// Gets the number of deliveries that were published to the group, delayed ones included. Events from before its first consumer, which
    /// it took over, are not among them.
    /// </summary>
    public long Published { get; init; }

    /// <summary>Gets the number of deliveries that were handled.</summary>
    public long Processed { get; init; }

    /// <summary>
    /// Gets the number of attempts that failed. Attempts of consumers that were lost are not among them.
    /// </summary>
    public long Failed { get; init; }

    /// <summary>
    /// Gets the number of deliveries that became dead letters, because their last attempt failed or their consumers crashed.
    /// </summary>
    public long Dead { get; init; }

    /// <summary>Gets the number of firings of triggers; all are counted for the group <c>$triggers</c>.</summary>
    public long Fired { get; init; }
}
