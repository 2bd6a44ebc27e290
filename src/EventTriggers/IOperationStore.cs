namespace EventTriggers;

/// <summary>Finds bulk operations, lists them, and stops them.</summary>
/// <remarks>
/// <para><see cref="IEventStore"/> and <see cref="ITriggerStore"/> begin them. A bulk operation is stored in Redis and advanced by
/// consumers of the prefix, whichever run, in steps of at most 100 entries. A step and the note of how far it came are one script, so each
/// event or trigger is changed once, whatever process is killed. While no consumer runs, it waits. It ends: it changes what was there when
/// it began, and nothing that came later.</para>
/// <para>Ended operations are remembered for seven days. Each call retries for up to <see cref="RedisTriggersOptions.OperationTimeout"/>,
/// and then throws a <see cref="StoreUnavailableException"/>. EventTriggers implements this interface; members may be added to it.</para>
/// </remarks>
public interface IOperationStore
{
    /// <summary>Finds an operation.</summary>
    /// <param name="id">The operation's id.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The operation; <see langword="null"/> when it never existed, or ended more than seven days ago.</returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A key holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<OperationRecord?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lists the operations that began last, at most 200, the newest first.</summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The operations.</returns>
    /// <exception cref="InvalidOperationException">A key holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<IReadOnlyList<OperationRecord>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops an operation. After this call has returned, it changes nothing more; what it had changed stays changed.</summary>
    /// <param name="id">The operation's id.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="StopOutcome.Stopped"/>: it was running in at least one partition. <see cref="StopOutcome.Ended"/> or
    /// <see cref="StopOutcome.NotFound"/>: nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key of the operation holds a value that EventTriggers did not write; nothing was changed there.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Some partition did not confirm it in time, and may go on: stop it again.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<StopOutcome> StopAsync(string id, CancellationToken cancellationToken = default);
}
