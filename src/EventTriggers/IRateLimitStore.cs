namespace EventTriggers;

/// <summary>Shows the rate limits of groups, and changes them while programs run.</summary>
/// <remarks>
/// Each call retries for up to <see cref="RedisTriggersOptions.OperationTimeout"/>. EventTriggers implements this interface; members may be
/// added to it.
/// </remarks>
public interface IRateLimitStore
{
    /// <summary>
    /// Lists limits (<see cref="GroupOptions.Limits"/>), and the limits by key of groups (<see cref="GroupOptions.LimitPerKey"/>), by name.
    /// It changes nothing.
    /// </summary>
    /// <param name="group">The group that uses them; <see langword="null"/> for all limits.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// The limits that processes have asked since they were configured, and the limits by key of groups whose hosts have subscribed with
    /// one. Of a limit by key only the numbers are known: each key has grants of its own.
    /// </returns>
    /// <exception cref="ArgumentException">The group is not allowed.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<RateLimitList> ListAsync(string? group = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets the numbers of a limit in place of those that processes are configured with. Every grant from the confirmation on follows them;
    /// a process that waits for its next grant asks again within <see cref="RedisTriggersOptions.PollInterval"/>. A limit by key applies
    /// to keys that wait already, too (of more than 1000 of them, to the others when their moment comes), and what is set ends with it:
    /// when a host of the group without one subscribes, some minutes after the last host that has one.
    /// </summary>
    /// <param name="name">
    /// <see cref="RateLimitRecord.Name"/>: the name of a shared limit; <c>$group:mail</c> for the limit that the group <c>mail</c> shares
    /// with no other; or <c>$key:mail</c> for its limit by key.
    /// </param>
    /// <param name="limit">The numbers, with the ranges of <see cref="LimitOptions"/>.</param>
    /// <param name="by">Who sets it, at most 200 characters; <see langword="null"/> if that is not known.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: they hold until <see cref="ResetAsync"/>. <see cref="ChangeOutcome.NotFound"/>: no process has
    /// asked such a limit, or the group has no limit by key; nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The name, a number, or <paramref name="by"/> is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A key holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">
    /// Redis refused the call, or did not confirm it in time. A limit by key concerns all partitions: some may have confirmed it. Repeat
    /// it.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> SetAsync(
        string name, LimitOptions limit, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>Lets the numbers hold again that processes are configured with.</summary>
    /// <param name="name">As for <see cref="SetAsync"/>.</param>
    /// <param name="cancellationToken">Withdraws the call if nothing was sent, even while Redis is away; a sent call is awaited.</param>
    /// <returns>
    /// <see cref="ChangeOutcome.Done"/>: they hold. <see cref="ChangeOutcome.NotFound"/>: there is no such limit; nothing was changed.
    /// </returns>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A key holds a value that EventTriggers did not write.</exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<ChangeOutcome> ResetAsync(string name, CancellationToken cancellationToken = default);
}
