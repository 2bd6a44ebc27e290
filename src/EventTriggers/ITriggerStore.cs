namespace EventTriggers;

/// <summary>Stores triggers, finds them, and changes them.</summary>
/// <remarks>
/// Each call retries for up to <see cref="RedisTriggersOptions.OperationTimeout"/>, all its steps together, and then throws a
/// <see cref="StoreUnavailableException"/>. A change happens once, however often its call is repeated. EventTriggers implements this
/// interface; members may be added to it.
/// </remarks>
public interface ITriggerStore
{
    /// <summary>Stores a trigger. An event trigger sees every event that is published after this call has returned.</summary>
    /// <param name="trigger">The trigger. If it has no id, it gets a new one.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>The trigger's id.</returns>
    /// <exception cref="TriggerConflictException">
    /// An active or paused trigger has this id and another definition, and <see cref="OnConflict.Throw"/> was chosen; nothing was changed.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// No pattern can express a condition; the message names the part. Nothing was stored.
    /// </exception>
    /// <exception cref="ArgumentException">The payload is not allowed, or the trigger would never fire; nothing was stored.</exception>
    /// <exception cref="InvalidOperationException">
    /// The payload type has no usable wire name; or a key of the trigger holds a value that EventTriggers did not write. Nothing was
    /// stored.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// Redis refused the call, or did not confirm it in time; or the trigger is stored, but may not see the events of every partition: add
    /// it again.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<string> AddAsync(Trigger trigger, CancellationToken cancellationToken = default);

    /// <summary>Finds a trigger.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The trigger; <see langword="null"/> when it never existed, or its retention is over.</returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<TriggerRecord?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lists triggers page by page: first those that have not ended, by due time, then those that have.</summary>
    /// <remarks>
    /// The list is not a snapshot. A trigger whose due time changes meanwhile, because it fires or is rescheduled, may be listed twice, or
    /// be missed when it moves to a time that was already listed. Partitions are read one after another, and each is in its own order. A
    /// partition that does not answer is waited for, up to <see cref="RedisTriggersOptions.OperationTimeout"/>, while the others are
    /// listed.
    /// </remarks>
    /// <param name="query">Which triggers to list.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The triggers that match.</returns>
    /// <exception cref="ArgumentException">The tag is not allowed.</exception>
    /// <exception cref="IncompleteResultException">
    /// Thrown at the end: some partitions could not be read. Everything in the others was listed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    IAsyncEnumerable<TriggerRecord> QueryAsync(TriggerQuery query, CancellationToken cancellationToken = default);

    /// <summary>Cancels a trigger for good.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="CancelOutcome.Canceled"/>: the trigger never fires afterwards. <see cref="CancelOutcome.TooLate"/>: it had already ended,
    /// because it fired for the last time or its <c>Until</c> passed. <see cref="CancelOutcome.NotFound"/>: it never existed, or its
    /// retention is over.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the trigger holds a value that EventTriggers did not write; nothing was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Pauses a trigger. A time trigger keeps its due time; an event trigger ignores the events that are matched meanwhile.
    /// </summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: the trigger is paused. <see cref="ChangeOutcome.Ended"/> or <see cref="ChangeOutcome.NotFound"/>:
    /// nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the trigger holds a value that EventTriggers did not write; nothing was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> PauseAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Resumes a paused trigger. A trigger that fires once, and became due meanwhile, fires immediately. A recurring trigger is due at its
    /// next occurrence; the missed ones are counted, and fire only with <see cref="Misfire.FireAll"/>.
    /// </summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: the trigger is active. <see cref="ChangeOutcome.Ended"/> or <see cref="ChangeOutcome.NotFound"/>:
    /// nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the trigger holds a value that EventTriggers did not write; nothing was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> ResumeAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a time trigger to another due time: it fires at the old time or at the new one, never at both. For a recurring trigger, only
    /// the next occurrence moves; the schedule continues with the occurrence after both times.
    /// </summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="dueAt">
    /// The new due time, by the clock of Redis, rounded up to the millisecond. A trigger whose due time is past fires immediately.
    /// </param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: the trigger is due at the new time. <see cref="ChangeOutcome.Ended"/> or
    /// <see cref="ChangeOutcome.NotFound"/>: nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The trigger waits for events and has no due time; or a key of the trigger holds a value that EventTriggers did not write. Nothing
    /// was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> RescheduleAsync(string id, DateTimeOffset dueAt, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the definition of a trigger that has not ended: its schedule, condition, payload, and everything else. Its firing count and
    /// history are kept, and a paused trigger stays paused.
    /// </summary>
    /// <remarks>
    /// If the schedule is unchanged, so is the due time. Otherwise the new schedule applies from now on: an occurrence of the old schedule
    /// that is due but has not fired is dropped.
    /// </remarks>
    /// <param name="id">The trigger's id.</param>
    /// <param name="trigger">The new definition, without an id or with this one.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: the trigger has the new definition. <see cref="ChangeOutcome.Ended"/> or
    /// <see cref="ChangeOutcome.NotFound"/>: nothing was changed.
    /// </returns>
    /// <exception cref="NotSupportedException">
    /// No pattern can express a condition; the message names the part. Nothing was changed.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The id is not allowed, the definition has another id, its payload is not allowed, or it would never fire; nothing was changed.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The payload type has no usable wire name; or a key of the trigger holds a value that EventTriggers did not write. Nothing was
    /// changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// Redis refused the call, or did not confirm it in time; or the trigger has its new definition, but may not see the events of every
    /// partition: update it again.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> UpdateAsync(string id, Trigger trigger, CancellationToken cancellationToken = default);

    /// <summary>Reads the last firings of a recurring trigger.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// At most 20 firings, latest first; empty for a trigger that does not recur or does not exist. An entry that cannot be read has
    /// <see cref="FiringRecord.Unreadable"/> set.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<IReadOnlyList<FiringRecord>> HistoryAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Fires a trigger immediately, even if it is paused. The firing counts: it completes a trigger that fires once. A recurring trigger
    /// keeps its due time.
    /// </summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: the trigger fired. <see cref="ChangeOutcome.Ended"/> or <see cref="ChangeOutcome.NotFound"/>:
    /// nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the trigger holds a value that EventTriggers did not write; nothing was changed.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> FireNowAsync(string id, CancellationToken cancellationToken = default);
}
