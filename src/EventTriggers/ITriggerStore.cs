namespace EventTriggers;

/// <summary>Stores triggers and steers them.</summary>
/// <remarks>
/// Each call retries for up to <see cref="RedisTriggersOptions.OperationTimeout"/>, all its steps together, and then throws a <see cref="StoreUnavailableException"/>. A change happens once,
/// however often its call is repeated.
/// </remarks>
public interface ITriggerStore
{
    /// <summary>Stores a trigger. An event trigger sees every event that is published after this call returned.</summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns>The trigger's id: the given one, or a new one.</returns>
    /// <exception cref="TriggerConflictException">
    /// An active or paused trigger with this id and another definition exists, and <see cref="OnConflict.Throw"/> was chosen.
    /// </exception>
    /// <exception cref="ArgumentException">Its payload is not allowed; nothing was stored.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call or did not confirm it in time.</exception>
    ValueTask<string> AddAsync(Trigger trigger, CancellationToken cancellationToken = default);

    /// <summary>Finds a trigger.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The trigger, or <see langword="null"/> when it never existed or its retention is over.</returns>
    ValueTask<TriggerRecord?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lists triggers a page at a time: those that are not over by due time, then the ended ones.</summary>
    /// <remarks>It is no snapshot: a trigger that becomes due at another time meanwhile, because it fires or is rescheduled, may be listed twice, or not when it moved to before what was
    /// listed already. The order is that of each partition: they are read one after another, and one that does not answer soon is waited for, for
    /// <see cref="RedisTriggersOptions.OperationTimeout"/>, while the others are listed.</remarks>
    /// <param name="query">Which triggers.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The triggers that match.</returns>
    /// <exception cref="IncompleteResultException">At the end: some partitions could not be read, and everything of the others was listed.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    IAsyncEnumerable<TriggerRecord> QueryAsync(TriggerQuery query, CancellationToken cancellationToken = default);

    /// <summary>Cancels a trigger for good.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns>
    /// <see cref="CancelOutcome.Canceled"/>: it never fires afterwards. <see cref="CancelOutcome.TooLate"/>: it had already fired for the last
    /// time. <see cref="CancelOutcome.NotFound"/>: it never existed, or its retention is over.
    /// </returns>
    ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Pauses a trigger. A time trigger keeps its due time; an event trigger ignores events that are matched meanwhile.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns><see cref="ChangeOutcome.Done"/>: the trigger is paused.</returns>
    ValueTask<ChangeOutcome> PauseAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Resumes a paused trigger. One that fires once, and became due meanwhile, fires at once. A recurring one is due next at its next occurrence; what it missed
    /// is counted, and caught up on only with <see cref="Misfire.FireAll"/>.
    /// </summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns><see cref="ChangeOutcome.Done"/>: the trigger is active.</returns>
    ValueTask<ChangeOutcome> ResumeAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a time trigger to another due time: it fires at the old time or at the new one, never at both. Of a recurring trigger it moves the next occurrence only;
    /// the schedule goes on with the one after both.
    /// </summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="dueAt">The new due time, to the millisecond; one in the past fires at once.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns><see cref="ChangeOutcome.Done"/>: the trigger fires at the new time.</returns>
    /// <exception cref="InvalidOperationException">The trigger waits for events and has no due time.</exception>
    ValueTask<ChangeOutcome> RescheduleAsync(string id, DateTimeOffset dueAt, CancellationToken cancellationToken = default);

    /// <summary>Changes a trigger that has not ended into another: its schedule, its payload, whatever it is defined by. How often it has fired, its history, and that it is paused, stay.</summary>
    /// <remarks>With the same schedule it stays due as it was. With another one it is due by that from now on: an occurrence of the old one that is due, and has not fired, is left out.</remarks>
    /// <param name="id">The trigger's id.</param>
    /// <param name="trigger">The new definition, without an id or with this one.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns><see cref="ChangeOutcome.Done"/>: the trigger has the new definition.</returns>
    /// <exception cref="ArgumentException">The definition has another id, or its payload is not allowed, or it is never due; nothing was changed.</exception>
    ValueTask<ChangeOutcome> UpdateAsync(string id, Trigger trigger, CancellationToken cancellationToken = default);

    /// <summary>Reads the last firings of a recurring trigger.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>At most 20, latest first; none for a trigger that does not recur, or does not exist. What cannot be read says so: <see cref="FiringRecord.Unreadable"/>.</returns>
    ValueTask<IReadOnlyList<FiringRecord>> HistoryAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Fires a trigger now, also a paused one. It counts as one of its firings, so a one-shot trigger is completed by it; a recurring one stays due when it was.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Withdraws the call while nothing was sent, also while Redis is away; a sent call is awaited to its end.</param>
    /// <returns><see cref="ChangeOutcome.Done"/>: the trigger fired.</returns>
    ValueTask<ChangeOutcome> FireNowAsync(string id, CancellationToken cancellationToken = default);
}
