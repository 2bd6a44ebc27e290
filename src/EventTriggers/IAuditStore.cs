namespace EventTriggers;

/// <summary>Keeps what operators did, for others to see.</summary>
/// <remarks>
/// The dashboard and the tool add what is changed with them; your own programs may add what they change. Nothing else adds anything, so the
/// list is not a record of every change. It has the last 1000 entries, in partition 0. Each call retries for up to
/// <see cref="RedisTriggersOptions.OperationTimeout"/>. EventTriggers implements this interface; members may be added to it.
/// </remarks>
public interface IAuditStore
{
    /// <summary>Adds an entry, once however often the call is sent. The oldest entry goes if there are more than 1000.</summary>
    /// <remarks>An entry is added even if the memory of Redis is full.</remarks>
    /// <param name="entry">What was done.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>A task that completes when the entry is kept.</returns>
    /// <exception cref="ArgumentException">A text is empty, too long, or not valid Unicode.</exception>
    /// <exception cref="InvalidOperationException">The key of the list holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask AddAsync(AuditEntry entry, CancellationToken cancellationToken = default);

    /// <summary>Lists the last entries, newest first.</summary>
    /// <param name="limit">The most entries, 1 to 1000.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>The entries.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The key of the list holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<IReadOnlyList<AuditRecord>> ListAsync(int limit = 100, CancellationToken cancellationToken = default);
}
