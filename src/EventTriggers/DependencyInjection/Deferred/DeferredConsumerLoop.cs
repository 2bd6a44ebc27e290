using EventTriggers.Consuming;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The consumer loop of a connection that is made later: it waits for the connection, as it waits for a server that is away.
/// </summary>
internal sealed class DeferredConsumerLoop(
    DeferredConnection connection, Func<ConsumerLoop> make, TimeProvider timeProvider, ILogger<ConsumerLoop>? logger) : IConsumerLoop
{
    private static readonly ConsumerLoopStatus NotStarted = new() { State = ConsumerLoopState.NotStarted };

    private readonly Lazy<ConsumerLoop> _loop = new(make);
    private readonly ILogger _logger = GuardedLogger.Wrap(logger);

    public ConsumerLoopStatus Status => _loop.IsValueCreated ? _loop.Value.Status : NotStarted;

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 0; !stoppingToken.IsCancellationRequested; attempt++)
        {
            try
            {
                var loop = await connection.GetAsync(_loop, stoppingToken).ConfigureAwait(false);
                await loop.RunAsync(stoppingToken).ConfigureAwait(false);
                return;
            }
            catch (StoreUnavailableException e)
            {
                if (attempt == 0)
                {
                    _logger.RedisUnavailable(e, partition: 0);
                }

                await SafeDelay.ForAsync(RedisRetry.Backoff(attempt), timeProvider, stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
