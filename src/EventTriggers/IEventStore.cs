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

    /// <summary>Lists the events of one group, newest first.</summary>
    /// <remarks>
    /// The list is not a snapshot: an event whose status changes meanwhile may be missed or listed twice. Several partitions are merged by
    /// the time at which a delivery reached its status, so the first event is known when every partition has answered. A partition that
    /// does not answer is waited for once, up to <see cref="RedisTriggersOptions.OperationTimeout"/>; then the events of the others are
    /// listed in their order, and the enumeration throws at its end. Of each list of deliveries that wait for a consumer, the newest 10,000
    /// are listed.
    /// </remarks>
    /// <param name="query">Which events to list.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events that match.</returns>
    /// <exception cref="ArgumentException">The group or a filter is not allowed.</exception>
    /// <exception cref="IncompleteResultException">
    /// Thrown at the end: some partitions could not be read, or have a list of more than 10,000 entries. Everything else was listed.
    /// </exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    IAsyncEnumerable<EventRecord> QueryAsync(EventQuery query, CancellationToken cancellationToken = default);

    /// <summary>Lists a page of the events of one group.</summary>
    /// <remarks>
    /// <para>Deliveries that wait in lists come first: the ready ones, and canceled ones that no consumer has skipped yet. All others
    /// follow together, newest first by when they reached their status, over all partitions.</para>
    /// <para>A page is one call to each partition, which looks at up to 200 entries of its indexes, so a filter that few events match
    /// makes short or empty pages; <see cref="EventPage.Examined"/> tells how far the page came. The cursor names the last entry, so a deep
    /// page costs what the first one costs, and what comes or goes meanwhile shifts nothing: an event that keeps its status is listed
    /// once. Lists are read up to their 10,000th entry, see <see cref="EventPage.IsTruncated"/>.</para>
    /// </remarks>
    /// <param name="query">Which events to list.</param>
    /// <param name="cursor"><see cref="EventPage.Cursor"/> of the page before; <see langword="null"/> for the first page.</param>
    /// <param name="limit">The most events, 1 to 200.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentException">
    /// The group or a filter is not allowed; or the cursor was not returned for this query.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<EventPage> ListAsync(
        EventQuery query, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default);

    /// <summary>Explains why an event has not been handled yet: for each group, what stands in the way of its delivery.</summary>
    /// <remarks>
    /// Nothing is changed. The key's turn is told by the code that decides it. Whether a delivery is parked is looked for among the newest
    /// 10,000 that are parked of its type.
    /// </remarks>
    /// <param name="id">The event's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// One for each group that has the event, by name, all of one moment. None if there is no such event, or no group has taken it.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<IReadOnlyList<DeliveryExplanation>> ExplainAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Counts the deliveries of a group, and measures its lag.</summary>
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

    /// <summary>Lists the events that neither a group nor a trigger has taken, newest first.</summary>
    /// <param name="type">The wire name; <see langword="null"/> for every type.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events. An event that a group takes meanwhile may be missed. Of each type, the newest 10,000 are listed.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    /// <exception cref="IncompleteResultException">
    /// Thrown at the end: some partitions could not be read, or have more events of a type. Everything else was listed.
    /// </exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    IAsyncEnumerable<EventRecord> QueryUnroutedAsync(string? type = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists a page of the events that neither a group nor a trigger has taken, type by type, and of each type newest first.
    /// </summary>
    /// <param name="type">The wire name; <see langword="null"/> for every type.</param>
    /// <param name="cursor"><see cref="EventPage.Cursor"/> of the page before; <see langword="null"/> for the first page.</param>
    /// <param name="limit">The most events, 1 to 200.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The page. As for <see cref="ListAsync"/>, it is one call to each partition, and types are read up to their 10,000th event.
    /// </returns>
    /// <exception cref="ArgumentException">The wire name is not allowed; or the cursor was not returned for it.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<EventPage> ListUnroutedAsync(
        string? type = null, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default);

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

    /// <summary>
    /// Gives up a dead letter: it will not be handled, and cannot be redriven. Its status is <see cref="DeliveryStatus.Discarded"/>, and it
    /// is remembered as long as a processed delivery.
    /// </summary>
    /// <param name="id">The event's id.</param>
    /// <param name="group">The group in which the event is dead; <see langword="null"/> for every such group.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="DiscardOutcome.Discarded"/>: the event is given up in at least one group. <see cref="DiscardOutcome.NotDead"/> or
    /// <see cref="DiscardOutcome.NotFound"/>: nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The id or the group is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the event holds a value that EventTriggers did not write; nothing was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<DiscardOutcome> DiscardAsync(string id, string? group = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes the dead letters of a group ready again that a query selects, each once, as
    /// <see cref="RedriveAsync(string, string?, CancellationToken)"/> does. Deliveries that die after the operation began are not touched.
    /// </summary>
    /// <param name="query">Which dead letters. <see cref="EventQuery.Status"/> is <see cref="DeliveryStatus.Dead"/>, or not given.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>The operation's id, for <see cref="IOperationStore"/>; the operation has begun, and ends later.</returns>
    /// <exception cref="ArgumentException">A filter, the status or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// Another operation has the id; or a key holds a value that EventTriggers did not write.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// Some partition refused it, or did not confirm it in time. The message has the operation's id: begin it again with this id.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<string> RedriveAsync(EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives up the dead letters of a group that a query selects, as <see cref="DiscardAsync(string, string?, CancellationToken)"/> does.
    /// Deliveries that die after the operation began are not touched.
    /// </summary>
    /// <param name="query">Which dead letters. <see cref="EventQuery.Status"/> is <see cref="DeliveryStatus.Dead"/>, or not given.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>The operation's id, for <see cref="IOperationStore"/>; the operation has begun, and ends later.</returns>
    /// <exception cref="ArgumentException">A filter, the status or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// Another operation has the id; or a key holds a value that EventTriggers did not write.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// Some partition refused it, or did not confirm it in time. The message has the operation's id: begin it again with this id.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<string> DiscardAsync(EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Cancels the deliveries of a group that a query selects, and of this group alone. A handler that runs is signaled. Events that were
    /// published after the operation began are not touched.
    /// </summary>
    /// <param name="query">
    /// Which deliveries. <see cref="EventQuery.Status"/> is <see cref="DeliveryStatus.Ready"/>, <see cref="DeliveryStatus.Delayed"/> or
    /// <see cref="DeliveryStatus.Leased"/>, or not given for all of these.
    /// </param>
    /// <param name="options">How it is run.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>The operation's id, for <see cref="IOperationStore"/>; the operation has begun, and ends later.</returns>
    /// <exception cref="ArgumentException">A filter, the status or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// Another operation has the id; or a key holds a value that EventTriggers did not write.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// Some partition refused it, or did not confirm it in time. The message has the operation's id: begin it again with this id.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<string> CancelAsync(EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default);
}
