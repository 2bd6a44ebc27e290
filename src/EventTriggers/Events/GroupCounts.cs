namespace EventTriggers;

/// <summary>How many deliveries of a group are where.</summary>
public sealed class GroupCounts
{
    /// <summary>Gets how many wait for a consumer; cancelled ones count until a consumer passes them.</summary>
    public long Ready { get; init; }

    /// <summary>Gets how many wait for their time.</summary>
    public long Delayed { get; init; }

    /// <summary>Gets how many are held by consumers.</summary>
    public long Leased { get; init; }

    /// <summary>Gets how many are dead letters.</summary>
    public long Dead { get; init; }

    /// <summary>Gets how many processed ones are remembered: at most the retention, see <see cref="RedisTriggersOptions.ProcessedLimit"/>.</summary>
    public long Processed { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, and are not counted, in ascending order; empty normally.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
