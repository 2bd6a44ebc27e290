namespace EventTriggers;

/// <summary>Looks at and steers what was published.</summary>
/// <remarks>
/// Each call retries for up to <see cref="RedisTriggersOptions.OperationTimeout"/>, all its steps together, and then throws a <see cref="StoreUnavailableException"/>. A change happens once,
/// however often its call is repeated.
/// </remarks>
public interface IEventStore
{
    /// <summary>Finds an event with its deliveries.</summary>
    /// <param name="id">The event's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The event, or <see langword="null"/> when it never existed or its retention is over.</returns>
    ValueTask<EventRecord?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lists the events of one group, newest first, a page at a time.</summary>
    /// <remarks>
    /// Events move while they are listed: one that changes its status meanwhile may be missed or seen twice. Several partitions
    /// are merged by the time at which a delivery came into its status: which is the newest is known when each partition has answered. So the first event waits for a partition that does not, for
    /// <see cref="RedisTriggersOptions.OperationTimeout"/>, once; then the events of the others are listed in their order, and at their end the enumeration throws.
    /// </remarks>
    /// <param name="query">Which events.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events that match.</returns>
    /// <exception cref="IncompleteResultException">At the end: some partitions could not be read, and everything of the others was listed.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    IAsyncEnumerable<EventRecord> QueryAsync(EventQuery query, CancellationToken cancellationToken = default);

    /// <summary>Counts the deliveries of a group.</summary>
    /// <param name="group">The group; <see langword="null"/> for <see cref="RedisTriggersOptions.Group"/>.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The counts, summed over the partitions; each partition is counted at one moment. Partitions that could not be read in time are not counted, and
    /// <see cref="GroupCounts.UnreadPartitions"/> names them.
    /// </returns>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    ValueTask<GroupCounts> CountAsync(string? group = null, CancellationToken cancellationToken = default);

    /// <summary>Counts the events that no group has taken, by type: they wait for the first group that subscribes to their type.</summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The types that have such events; each partition is counted at one moment. Partitions that could not be read in time are not counted, and
    /// <see cref="UnroutedCounts.UnreadPartitions"/> names them.
    /// </returns>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    ValueTask<UnroutedCounts> CountUnroutedAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the events that no group and no trigger has taken, newest first, a page at a time.</summary>
    /// <param name="type">The wire name; <see langword="null"/> for every type.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events. One that a group takes meanwhile may be missed.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    /// <exception cref="IncompleteResultException">As of <see cref="QueryAsync"/>.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    IAsyncEnumerable<EventRecord> QueryUnroutedAsync(string? type = null, CancellationToken cancellationToken = default);

    /// <summary>Cancels an event in every group that has not handled it yet.</summary>
    /// <param name="id">The event's id.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns>
    /// <see cref="CancelOutcome.Canceled"/>: no handler runs for it any more. <see cref="CancelOutcome.Signaled"/>: a handler is running and its
    /// token is cancelled; if it completes all the same, the event is processed. <see cref="CancelOutcome.TooLate"/>: every group was done
    /// with it. <see cref="CancelOutcome.NotFound"/>: it never existed, or its retention is over.
    /// </returns>
    ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a dead letter back, with its attempts, its crashes and its expiry forgotten. Handlers that succeeded do not run again.
    /// </summary>
    /// <param name="id">The event's id.</param>
    /// <param name="group">The group in which it is dead; <see langword="null"/> for every such group.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns><see cref="RedriveOutcome.Redriven"/>: the event is ready again in at least one group.</returns>
    ValueTask<RedriveOutcome> RedriveAsync(string id, string? group = null, CancellationToken cancellationToken = default);
}
