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

    /// <summary>Lists triggers: first those that have not ended, by due time, then those that have.</summary>
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

    /// <summary>
    /// Lists a page of triggers: first those that have not ended, by due time, then those that have, by when they ended; with
    /// <see cref="TriggerQuery.Tag"/> by id. Over all partitions.
    /// </summary>
    /// <remarks>
    /// A page is one call to each partition, which looks at up to 200 entries of its indexes, so a filter that few triggers match makes
    /// short or empty pages; <see cref="TriggerPage.Examined"/> tells how far the page came. The cursor names the last entry, so a deep
    /// page costs what the first one costs. A trigger whose due time changes meanwhile may be listed twice, or be missed when it moves to
    /// a time that was already listed.
    /// </remarks>
    /// <param name="query">Which triggers to list.</param>
    /// <param name="cursor"><see cref="TriggerPage.Cursor"/> of the page before; <see langword="null"/> for the first page.</param>
    /// <param name="limit">The most triggers, 1 to 200.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentException">A filter is not allowed; or the cursor was not returned for this query.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">An index holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<TriggerPage> ListAsync(
        TriggerQuery query, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default);

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

    /// <summary>Explains what a trigger does with an event, and why.</summary>
    /// <remarks>
    /// The explanation is computed by the code that matches events, from the state at the time of the call, and changes nothing. It takes a
    /// few reads, in the partitions of the event and of the trigger. An event that was matched before is explained as if it were matched
    /// now, except for what it has led to.
    /// </remarks>
    /// <param name="triggerId">The trigger's id.</param>
    /// <param name="eventId">The event's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The explanation; <see langword="null"/> when the trigger or the event never existed, or its retention is over.
    /// </returns>
    /// <exception cref="ArgumentException">An id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The key that holds the subscriptions to the event's type holds a value that EventTriggers did not write.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<TriggerExplanation?> ExplainAsync(string triggerId, string eventId, CancellationToken cancellationToken = default);

    /// <summary>Explains what the triggers of an event type would do with a payload if it were published now.</summary>
    /// <remarks>
    /// Nothing is published, and nothing changes. The first 100 triggers by id are explained. If a type has thousands of triggers that ask
    /// for one value of a field, those that ask for a value which the payload does not have are left out. So are the triggers of a
    /// partition that does not answer in time, see <see cref="TypeExplanation.UnreadPartitions"/>; the call fails only if the partition
    /// does not answer in which the event would be published.
    /// </remarks>
    /// <param name="type">The wire name of the events.</param>
    /// <param name="payload">The payload: JSON in UTF-8.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The explanations.</returns>
    /// <exception cref="ArgumentException">The name or the payload is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The key that holds the subscriptions to the type holds a value that EventTriggers did not write.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<TypeExplanation> ExplainAsync(
        string type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default);

    /// <summary>
    /// Cancels the triggers that a query selects, as <see cref="CancelAsync(string, CancellationToken)"/> does. Triggers that were added
    /// after the operation began are not touched.
    /// </summary>
    /// <param name="query">
    /// Which triggers. <see cref="TriggerQuery.Status"/> is <see cref="TriggerStatus.Active"/> or <see cref="TriggerStatus.Paused"/>, or
    /// not given.
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
    ValueTask<string> CancelAsync(TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Pauses the triggers that a query selects, as <see cref="PauseAsync(string, CancellationToken)"/> does. Triggers that were added
    /// after the operation began are not touched.
    /// </summary>
    /// <param name="query">
    /// Which triggers. <see cref="TriggerQuery.Status"/> is <see cref="TriggerStatus.Active"/>, or not given.
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
    ValueTask<string> PauseAsync(TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Resumes the triggers that a query selects, as <see cref="ResumeAsync(string, CancellationToken)"/> does. Triggers that were added
    /// after the operation began are not touched.
    /// </summary>
    /// <param name="query">
    /// Which triggers. <see cref="TriggerQuery.Status"/> is <see cref="TriggerStatus.Paused"/>, or not given.
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
    ValueTask<string> ResumeAsync(TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default);
}
