namespace EventTriggers;

/// <summary>A bulk operation, and how far it has come, over all partitions.</summary>
public sealed class OperationRecord
{
    /// <summary>Gets its id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets what it does.</summary>
    public required OperationKind Kind { get; init; }

    /// <summary>Gets what it is done to, in words.</summary>
    public required string Query { get; init; }

    /// <summary>Gets whether it runs.</summary>
    public required BulkOperationStatus Status { get; init; }

    /// <summary>Gets the number of entries of indexes that it has looked at.</summary>
    public long Examined { get; init; }

    /// <summary>Gets the number of events or triggers that it has changed.</summary>
    public long Changed { get; init; }

    /// <summary>Gets who began it; <see langword="null"/> if nothing was said.</summary>
    public string? By { get; init; }

    /// <summary>Gets when it began, by the clock of Redis.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Gets when it ended; <see langword="null"/> while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Gets the most that it changes in a second; <see langword="null"/> if there is no limit.</summary>
    public int? RatePerSecond { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, whose part is
    /// not in the numbers above; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
