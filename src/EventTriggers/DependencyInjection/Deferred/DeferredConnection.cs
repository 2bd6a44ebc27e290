using StackExchange.Redis;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>A connection that is made asynchronously, when the bus is first used. An attempt that fails is made again by the next call.
/// </summary>
internal sealed class DeferredConnection(BusProvider bus, Func<IServiceProvider, Task<IConnectionMultiplexer>> connect)
{
    private readonly Lock _lock = new();
    private Task<IConnectionMultiplexer>? _attempt;

    /// <summary>Gets the connection, once it is made.</summary>
    public IConnectionMultiplexer? Current => Volatile.Read(ref _attempt) is { IsCompletedSuccessfully: true } made ? made.Result : null;

    /// <summary>Gets a service of the bus that needs the connection.</summary>
    /// <exception cref="StoreUnavailableException">There is no connection within the time of a call; nothing was done.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async ValueTask<T> GetAsync<T>(Lazy<T> service, CancellationToken cancellationToken)
    {
        if (Current is null)
        {
            await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }

        return service.Value;
    }

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var limit = bus.Options.OperationTimeout;
        try
        {
            await Attempt().WaitAsync(limit, bus.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The edge of the host's code: whatever it throws, there is no connection.
            var why = e is TimeoutException ? $"it took longer than {limit} (OperationTimeout)" : Diagnostics.Failures.MessageOf(e);
            throw new StoreUnavailableException(
                $"The connection that UseConnection makes could not be made: {why}. Nothing was done; the next call tries again.",
                mayHaveHappened: false, e);
        }
    }

    private Task<IConnectionMultiplexer> Attempt()
    {
        lock (_lock)
        {
            if (_attempt is null or { IsFaulted: true } or { IsCanceled: true })
            {
                // Not under the lock, nor on the caller's thread: the host's code may block.
                Volatile.Write(ref _attempt, Task.Run(() => connect(bus.Services)));
            }

            return _attempt;
        }
    }
}
