namespace EventTriggers;

/// <summary>What happened to the deliveries of a group over a time.</summary>
public sealed class GroupRates
{
    /// <summary>Gets the intervals, earliest first. Intervals in which nothing happened are among them.</summary>
    public required IReadOnlyList<GroupRate> Intervals { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, and are not
    /// counted; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
