namespace EventTriggers;

/// <summary>The number of deliveries of a group, by status.</summary>
public sealed class GroupCounts
{
    /// <summary>Gets the number that wait for a consumer. Canceled deliveries count until a consumer skips them.</summary>
    public long Ready { get; init; }

    /// <summary>Gets the number that wait for their time.</summary>
    public long Delayed { get; init; }

    /// <summary>Gets the number that consumers hold.</summary>
    public long Leased { get; init; }

    /// <summary>Gets the number of dead letters.</summary>
    public long Dead { get; init; }

    /// <summary>
    /// Gets the number of processed deliveries that are remembered, see <see cref="RedisTriggersOptions.ProcessedLimit"/>.
    /// </summary>
    public long Processed { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, and are not
    /// counted; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
