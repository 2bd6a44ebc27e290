namespace EventTriggers;

/// <summary>Reads what the servers of the bus say of themselves.</summary>
/// <remarks>
/// Each call retries for up to <see cref="RedisTriggersOptions.OperationTimeout"/>. EventTriggers implements this interface; members may be
/// added to it.
/// </remarks>
public interface IServerStore
{
    /// <summary>Reads what the server of each partition says of itself. It changes nothing.</summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>
    /// One record for each partition, in the order of their numbers. A partition that could not be read has a record with
    /// <see cref="ServerRecord.Failure"/>, so a call does not fail because of one. Several partitions may be on one server.
    /// </returns>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<IReadOnlyList<ServerRecord>> ReadAsync(CancellationToken cancellationToken = default);
}
