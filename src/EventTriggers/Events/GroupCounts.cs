namespace EventTriggers;

/// <summary>The number of deliveries of a group, by status, and its lag.</summary>
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

    /// <summary>Gets how long the oldest ready delivery has been ready, in any partition; zero if none is ready.</summary>
    /// <remarks>
    /// It is that of the delivery that is claimed next, in each partition. A retried delivery counts from its publish, or from the time for
    /// which it was published. Deliveries in quarantine, which are handled one at a time, do not count.
    /// </remarks>
    public TimeSpan Lag { get; init; }

    /// <summary>
    /// Gets the number of ready deliveries that wait for others of their key, in a group that orders by key; <see cref="Ready"/> includes
    /// them.
    /// </summary>
    public long Waiting { get; init; }

    /// <summary>Gets the number of keys that wait behind a dead letter, see <see cref="DeadLetters.Hold"/>.</summary>
    public long HeldKeys { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, and are not
    /// counted; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
