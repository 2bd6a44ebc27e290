namespace EventTriggers;

/// <summary>Lists groups and their consumers, pauses, resumes and removes groups, and sets how much they do at a time.</summary>
/// <remarks>
/// A call concerns all partitions, and asks them at the same time. Each of its steps retries for up to
/// <see cref="RedisTriggersOptions.OperationTimeout"/>: a list has up to three, a pause two, a removal many. A change happens once in each
/// partition, however often it is sent; a change that only some partitions have confirmed throws, and may be repeated. EventTriggers
/// implements this interface; members may be added to it.
/// </remarks>
public interface IGroupStore
{
    /// <summary>Lists the groups, by name. The internal group <c>$triggers</c> is among them.</summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The groups that have subscribed to a type and were not removed. Partitions that could not be read in time are left out; the counts
    /// of each group list them.
    /// </returns>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<IReadOnlyList<GroupRecord>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds a group.</summary>
    /// <param name="group">The group, or <c>$triggers</c>.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The group; <see langword="null"/> if no partition that could be read knows it.</returns>
    /// <exception cref="ArgumentException">The group is not allowed.</exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<GroupRecord?> FindAsync(string group, CancellationToken cancellationToken = default);

    /// <summary>Reads how many deliveries of a group were published, handled, failed and so on, by minute or by hour.</summary>
    /// <param name="group">The group, or <c>$triggers</c>, for which firings are counted.</param>
    /// <param name="from">The start; it is rounded down to an interval.</param>
    /// <param name="before">The end; exclusive, rounded up. At most 24 hours later for minutes, at most 8 days later for hours.</param>
    /// <param name="interval">The length of the intervals.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The intervals, summed over the partitions. Older ones than are kept count as 0. What is counted is a figure for people. It is too
    /// low where memory was full or a key was lost; and an hour is summed by the consumers of the group, so hours are missing if it had
    /// none for more than a day.
    /// </returns>
    /// <exception cref="ArgumentException">The group, the time or the interval is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A key holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<GroupRates> ReadRatesAsync(
        string group, DateTimeOffset from, DateTimeOffset before, RateInterval interval = RateInterval.Minute,
        CancellationToken cancellationToken = default);

    /// <summary>Lists the consumers that reported within the last minute, by name.</summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The consumers that any partition that could be read knows.</returns>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the keys of a group that orders by key, of which deliveries wait: for others of the key, or behind a dead letter.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="limit">The most keys to list, 1 to 1000.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The keys that have waited for longest, and how many there are. None for a group that ignores keys.</returns>
    /// <exception cref="ArgumentException">The group is not allowed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is out of range.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<KeyList> ListKeysAsync(string group, int limit = 100, CancellationToken cancellationToken = default);

    /// <summary>
    /// Pauses a group: from the confirmation on, no consumer claims a delivery of it. What consumers have claimed already is handled.
    /// Events go on to be published to the group, and wait.
    /// </summary>
    /// <remarks>
    /// Pausing <c>$triggers</c> lets events wait to be matched with triggers; triggers that are due at a time go on. A group that is paused
    /// already gets the new end, name and reason.
    /// </remarks>
    /// <param name="group">The group, or <c>$triggers</c>.</param>
    /// <param name="options">Until when, by whom and why; <see langword="null"/> for a pause without an end.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: it is paused. <see cref="ChangeOutcome.NotFound"/>: no partition knows the group; nothing was
    /// changed.
    /// </returns>
    /// <exception cref="ArgumentException">The group, or what the options say, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A key of the group holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// A partition refused the call, or did not confirm it in time; it may have been confirmed by others.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> PauseAsync(string group, PauseOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Resumes a group, and wakes its consumers.</summary>
    /// <param name="group">The group, or <c>$triggers</c>.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: it is not paused. <see cref="ChangeOutcome.NotFound"/>: no partition knows the group.
    /// </returns>
    /// <exception cref="ArgumentException">The group is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A key of the group holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// A partition refused the call, or did not confirm it in time; it may have been confirmed by others.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> ResumeAsync(string group, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets how many deliveries of a group all processes together handle at a time, in place of what each is configured with
    /// (<see cref="RedisTriggersOptions.Concurrency"/>, <see cref="GroupOptions.Concurrency"/>,
    /// <see cref="RedisTriggersOptions.MatchingConcurrency"/>), until it is set to <see langword="null"/>.
    /// </summary>
    /// <remarks>
    /// Each process that handles the group has a share: at least one, and of the rest as much as its configuration is of that of all.
    /// If it is smaller than the number of processes, they take turns. Processes that run obey at once, and those that start later get
    /// a share as soon as others have given some up. One that did not hear of it obeys within 20 seconds. A lower number ends no handler:
    /// it applies as handlers end, and what a process has claimed and not begun is given back, no attempt spent. What a crashed process had
    /// is shared out when its leases have expired (<see cref="RedisTriggersOptions.LeaseDuration"/>). A batch counts as one delivery. No
    /// process handles more than 10000. One that cannot report for half to three quarters of
    /// <see cref="RedisTriggersOptions.LeaseDuration"/> claims nothing of the group until it can. To handle nothing, pause the group. A
    /// store that loses its data loses this setting, too.
    /// </remarks>
    /// <param name="group">The group, or <c>$triggers</c>.</param>
    /// <param name="concurrency">1–100000; <see langword="null"/> for as many as each process is configured with.</param>
    /// <param name="by">Who sets it, for others to see; at most 200 characters. <see langword="null"/> if that is not known.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: it is set. <see cref="ChangeOutcome.NotFound"/>: no partition knows the group; nothing was
    /// changed.
    /// </returns>
    /// <exception cref="ArgumentException">The group, or <paramref name="by"/>, is not allowed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="concurrency"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">A key of the group holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// A partition refused the call, or did not confirm it in time; it may have been confirmed by others. While partitions differ, the
    /// smallest share is obeyed.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> SetConcurrencyAsync(
        string group, int? concurrency, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until no consumer holds a delivery of the group. Pause the group first: otherwise the next delivery may be claimed at once.
    /// </summary>
    /// <param name="group">The group, or <c>$triggers</c>.</param>
    /// <param name="cancellationToken">
    /// Ends the wait. Without it the wait lasts as long as handlers do; deliveries of a consumer that was killed count until their leases
    /// have expired.
    /// </param>
    /// <returns>A task that completes when every partition says so.</returns>
    /// <exception cref="ArgumentException">The group is not allowed.</exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">A partition could not be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask WaitUntilDrainedAsync(string group, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes a group that is gone for good: it gets no further events, and its deliveries are forgotten in every status. Events that
    /// other groups have stay for those.
    /// </summary>
    /// <remarks>
    /// A removal takes many small steps. If it is interrupted, the next call goes on. A consumer that starts again afterwards
    /// re-creates the group.
    /// </remarks>
    /// <param name="group">The group.</param>
    /// <param name="force">
    /// Whether to remove it although consumers are alive that handle its types. What they still run is not recorded, and within a minute
    /// they re-create the group.
    /// </param>
    /// <param name="cancellationToken">Ends the removal after the step that is under way.</param>
    /// <returns>Whether it was removed.</returns>
    /// <exception cref="ArgumentException">The group is not allowed. The internal group cannot be removed.</exception>
    /// <exception cref="InvalidOperationException">A key of the group holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// A partition refused the call, or did not confirm it in time; other partitions may be done.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<RemoveGroupOutcome> RemoveAsync(string group, bool force = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// Unsubscribes a group from a type that it no longer handles: it gets no further events of the type. What it has of the type stays:
    /// without a handler it becomes dead letters after <see cref="RedisTriggersOptions.UnhandledTimeout"/>, and
    /// <see cref="IEventStore.CancelAsync(EventQuery, BulkOptions?, CancellationToken)"/> ends it at once.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="type">The wire name.</param>
    /// <param name="force">
    /// Whether to unsubscribe it although consumers are alive that handle the type. Within a minute they subscribe it again.
    /// </param>
    /// <param name="cancellationToken">Withdraws the call where it has not begun.</param>
    /// <returns>Whether the subscription was removed.</returns>
    /// <exception cref="ArgumentException">The group or the type is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A key of the group holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// A partition refused the call, or did not confirm it in time; other partitions may be done.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<RemoveGroupOutcome> UnsubscribeAsync(
        string group, string type, bool force = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// Discards the events of a type that no group has taken, see <see cref="IEventStore.CountUnroutedAsync"/>. Events that triggers have
    /// matched are no longer listed there, and are forgotten like the triggers' other events.
    /// </summary>
    /// <param name="type">The wire name.</param>
    /// <param name="cancellationToken">Ends the call after the step that is under way.</param>
    /// <returns>The number of events that were discarded.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The key of the events holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// A partition refused the call, or did not confirm it in time; other partitions may be done.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<long> DiscardUnroutedAsync(string type, CancellationToken cancellationToken = default);
}
