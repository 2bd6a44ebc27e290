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
    ValueTask<EventRecord?> FindAsync(EventId id, CancellationToken cancellationToken = default);

    /// <summary>Lists the events of one group, newest first, a page at a time.</summary>
    /// <remarks>
    /// Events move while they are listed: one that changes its status meanwhile may be missed or seen twice. Several partitions
    /// are merged by the time at which a delivery came into its status.
    /// </remarks>
    /// <param name="query">Which events.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events that match.</returns>
    IAsyncEnumerable<EventRecord> QueryAsync(EventQuery query, CancellationToken cancellationToken = default);

    /// <summary>Counts the deliveries of a group.</summary>
    /// <param name="group">The group; <see langword="null"/> for <see cref="RedisTriggersOptions.Group"/>.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The counts, summed over the partitions; each partition is counted at one moment.</returns>
    ValueTask<GroupCounts> CountAsync(string? group = null, CancellationToken cancellationToken = default);

    /// <summary>Counts the events that no group has taken, by type: they wait for the first group that subscribes to their type.</summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The types that have such events, in the order of their names; each partition is counted at one moment.</returns>
    ValueTask<IReadOnlyList<UnroutedType>> CountUnroutedAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the events that no group and no trigger has taken, newest first, a page at a time.</summary>
    /// <param name="type">The wire name; <see langword="null"/> for every type.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The events. One that a group takes meanwhile may be missed.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    IAsyncEnumerable<EventRecord> QueryUnroutedAsync(string? type = null, CancellationToken cancellationToken = default);

    /// <summary>Cancels an event in every group that has not handled it yet.</summary>
    /// <param name="id">The event's id.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns>
    /// <see cref="CancelOutcome.Canceled"/>: no handler runs for it any more. <see cref="CancelOutcome.Signaled"/>: a handler is running and its
    /// token is cancelled; if it completes all the same, the event is processed. <see cref="CancelOutcome.TooLate"/>: every group was done
    /// with it. <see cref="CancelOutcome.NotFound"/>: it never existed, or its retention is over.
    /// </returns>
    ValueTask<CancelOutcome> CancelAsync(EventId id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a dead letter back, with its attempts, its crashes and its expiry forgotten. Handlers that succeeded do not run again.
    /// </summary>
    /// <param name="id">The event's id.</param>
    /// <param name="group">The group in which it is dead; <see langword="null"/> for every such group.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns><see langword="true"/> when it was dead and is ready again.</returns>
    ValueTask<bool> RedriveAsync(EventId id, string? group = null, CancellationToken cancellationToken = default);
}
