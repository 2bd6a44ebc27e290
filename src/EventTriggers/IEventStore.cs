namespace EventTriggers;

/// <summary>Finds published events, counts them, cancels them, and redrives dead letters.</summary>
/// <remarks>
/// Each call retries for up to <see cref="RedisTriggersOptions.OperationTimeout"/>, all its steps together, and then throws a
/// <see cref="StoreUnavailableException"/>. A change happens once, however often its call is repeated. EventTriggers implements this
/// interface; members may be added to it.
/// </remarks>
public interface IEventStore
{
    /// <summary>Finds an event with its deliveries.</summary>
    /// <param name="id">The event's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The event; <see langword="null"/> when it never existed, or its retention is over.</returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<EventRecord?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lists the events of one group, newest first, page by page.</summary>
    /// <remarks>
    /// The list is not a snapshot: an event whose status changes meanwhile may be missed or listed twice. Several partitions are merged by
    /// the time at which a delivery reached its status, so the first event is known when every partition has answered. A partition that
    /// does not answer is waited for once, up to <see cref="RedisTriggersOptions.OperationTimeout"/>; then the events of the others are
    /// listed in their order, and the enumeration throws at its end.
    /// </remarks>
    /// <param name="query">Which events to list.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events that match.</returns>
    /// <exception cref="ArgumentException">The group is not allowed.</exception>
    /// <exception cref="IncompleteResultException">
    /// Thrown at the end: some partitions could not be read. Everything in the others was listed.
    /// </exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    IAsyncEnumerable<EventRecord> QueryAsync(EventQuery query, CancellationToken cancellationToken = default);

    /// <summary>Counts the deliveries of a group.</summary>
    /// <param name="group">The group; <see langword="null"/> for <see cref="RedisTriggersOptions.Group"/>.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The counts, summed over the partitions; each partition is counted at one moment. Partitions that could not be read in time are not
    /// counted; <see cref="GroupCounts.UnreadPartitions"/> lists them.
    /// </returns>
    /// <exception cref="ArgumentException">The group is not allowed.</exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<GroupCounts> CountAsync(string? group = null, CancellationToken cancellationToken = default);

    /// <summary>Counts, by type, the events that no group has taken. They wait for the first group that subscribes to their type.</summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The types that have such events; each partition is counted at one moment. Partitions that could not be read in time are not counted;
    /// <see cref="UnroutedCounts.UnreadPartitions"/> lists them.
    /// </returns>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<UnroutedCounts> CountUnroutedAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the events that neither a group nor a trigger has taken, newest first, page by page.</summary>
    /// <param name="type">The wire name; <see langword="null"/> for every type.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events. An event that a group takes meanwhile may be missed.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    /// <exception cref="IncompleteResultException">
    /// Thrown at the end: some partitions could not be read. Everything in the others was listed.
    /// </exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    IAsyncEnumerable<EventRecord> QueryUnroutedAsync(string? type = null, CancellationToken cancellationToken = default);

    /// <summary>Cancels an event in every group that has not handled it yet.</summary>
    /// <param name="id">The event's id.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="CancelOutcome.Canceled"/>: no handler will run for the event. <see cref="CancelOutcome.Signaled"/>: a handler is
    /// running and its token is canceled; if the handler completes anyway, the event is processed. <see cref="CancelOutcome.TooLate"/>:
    /// every group had finished with the event. <see cref="CancelOutcome.NotFound"/>: the event never existed, or its retention is over.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the event holds a value that EventTriggers did not write; nothing was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a dead letter ready again. Its attempts and crashes start again at zero, and it no longer expires. Handlers that succeeded do
    /// not run again.
    /// </summary>
    /// <param name="id">The event's id.</param>
    /// <param name="group">The group in which the event is dead; <see langword="null"/> for every such group.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="RedriveOutcome.Redriven"/>: the event is ready again in at least one group. <see cref="RedriveOutcome.NotDead"/> or
    /// <see cref="RedriveOutcome.NotFound"/>: nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The id or the group is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the event holds a value that EventTriggers did not write; nothing was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<RedriveOutcome> RedriveAsync(string id, string? group = null, CancellationToken cancellationToken = default);
}
