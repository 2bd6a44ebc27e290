namespace EventTriggers;

/// <summary>A page of a list of events.</summary>
public sealed class EventPage
{
    /// <summary>Gets the events. A page may be short, or empty, although others follow: <see cref="Cursor"/> alone tells.</summary>
    public required IReadOnlyList<EventRecord> Events { get; init; }

    /// <summary>Gets what continues the list with the next page; <see langword="null"/> at its end. Its content has no meaning.</summary>
    public string? Cursor { get; init; }

    /// <summary>
    /// Gets the number of entries that the page looked at, also of those that did not match: at most 200 in each partition.
    /// </summary>
    public int Examined { get; init; }

    /// <summary>
    /// Gets a value indicating whether a list was left at its 10,000th entry, and what is further back in it is not listed. Only
    /// deliveries that wait for a consumer, and events that no group has taken, are in lists.
    /// </summary>
    public bool IsTruncated { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, whose events
    /// are missing in this page; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
