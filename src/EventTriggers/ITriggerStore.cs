namespace EventTriggers;

/// <summary>Stores triggers and steers them.</summary>
/// <remarks>
/// Every member tries for <see cref="RedisTriggersOptions.OperationTimeout"/>, and to the end of the call that is under way then; then it throws a <see cref="StoreUnavailableException"/>. A change happens once,
/// however often its call is repeated.
/// </remarks>
public interface ITriggerStore
{
    /// <summary>Stores a trigger. An event trigger sees every event that is published after this call returned.</summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="cancellationToken">Checked before the call is sent.</param>
    /// <returns>The trigger's id: the given one, or a new one.</returns>
    /// <exception cref="TriggerConflictException">
    /// An active or paused trigger with this id and another definition exists, and <see cref="OnConflict.Throw"/> was chosen.
    /// </exception>
    /// <exception cref="ArgumentException">Its payload is not allowed; nothing was stored.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call or did not confirm it in time.</exception>
    ValueTask<TriggerId> AddAsync(Trigger trigger, CancellationToken cancellationToken = default);

    /// <summary>Finds a trigger.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The trigger, or <see langword="null"/> when it never existed or its retention is over.</returns>
    ValueTask<TriggerRecord?> FindAsync(TriggerId id, CancellationToken cancellationToken = default);

    /// <summary>Lists triggers a page at a time: those that are not over by due time, then the ended ones.</summary>
    /// <param name="query">Which triggers.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The triggers that match.</returns>
    IAsyncEnumerable<TriggerRecord> QueryAsync(TriggerQuery query, CancellationToken cancellationToken = default);

    /// <summary>Cancels a trigger for good.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Checked before the call is sent.</param>
    /// <returns>
    /// <see cref="CancelOutcome.Canceled"/>: it never fires afterwards. <see cref="CancelOutcome.TooLate"/>: it had already fired for the last
    /// time. <see cref="CancelOutcome.NotFound"/>: it never existed, or its retention is over.
    /// </returns>
    ValueTask<CancelOutcome> CancelAsync(TriggerId id, CancellationToken cancellationToken = default);

    /// <summary>Pauses a trigger. A time trigger keeps its due time; an event trigger ignores events that are matched meanwhile.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Checked before the call is sent.</param>
    /// <returns><see langword="true"/> when it is paused now; <see langword="false"/> when there is none or it has ended.</returns>
    ValueTask<bool> PauseAsync(TriggerId id, CancellationToken cancellationToken = default);

    /// <summary>Resumes a paused trigger. A time trigger that became due meanwhile fires at once, once.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Checked before the call is sent.</param>
    /// <returns><see langword="true"/> when it is active now; <see langword="false"/> when there is none or it has ended.</returns>
    ValueTask<bool> ResumeAsync(TriggerId id, CancellationToken cancellationToken = default);

    /// <summary>Moves a time trigger to another due time: it fires at the old time or at the new one, never at both.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="dueAt">The new due time, to the millisecond; one in the past fires at once.</param>
    /// <param name="cancellationToken">Checked before the call is sent.</param>
    /// <returns><see langword="true"/> when it fires at the new time; <see langword="false"/> when there is none or it has ended.</returns>
    /// <exception cref="InvalidOperationException">The trigger waits for events and has no due time.</exception>
    ValueTask<bool> RescheduleAsync(TriggerId id, DateTimeOffset dueAt, CancellationToken cancellationToken = default);

    /// <summary>Fires a trigger now, also a paused one. It counts as one of its firings, so a one-shot trigger is completed by it.</summary>
    /// <param name="id">The trigger's id.</param>
    /// <param name="cancellationToken">Checked before the call is sent.</param>
    /// <returns><see langword="true"/> when it fired; <see langword="false"/> when there is none or it has ended.</returns>
    ValueTask<bool> FireNowAsync(TriggerId id, CancellationToken cancellationToken = default);
}
