namespace EventTriggers;

/// <summary>A page of a list of triggers.</summary>
public sealed class TriggerPage
{
    /// <summary>Gets the triggers. A page may be short, or empty, although others follow: <see cref="Cursor"/> alone tells.</summary>
    public required IReadOnlyList<TriggerRecord> Triggers { get; init; }

    /// <summary>Gets what continues the list with the next page; <see langword="null"/> at its end. Its content has no meaning.</summary>
    public string? Cursor { get; init; }

    /// <summary>
    /// Gets the number of entries that the page looked at, also of those that did not match: at most 200 in each partition.
    /// </summary>
    public int Examined { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, whose
    /// triggers are missing in this page; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
