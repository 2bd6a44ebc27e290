using EventTriggers.Consuming.Health;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>The default loop: runs a <see cref="ConsumerSession"/> from its start to the end of its drain.</summary>
internal sealed class ConsumerLoop(
    Keyspace keyspace, SessionServices services, TimeProvider timeProvider, ILogger<ConsumerLoop>? logger = null)
    : IConsumerLoop
{
    private readonly ILogger _logger = GuardedLogger.Wrap(logger);
    private readonly LoopHealth _health = new(keyspace, services.Stuck, timeProvider);
    private int _running;

    public ConsumerLoopStatus Status => _health.Read();

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            throw new InvalidOperationException("The consumer loop is already running. A service provider runs one at a time.");
        }

        Exception? failure = null;
        try
        {
            _health.Begin();
            using var scope = _logger.BeginPrefixScope(keyspace.Options.KeyPrefix);
            using var stopping = stoppingToken.UnsafeRegister(static health => ((LoopHealth)health!).NoteStopping(), _health);
            await services.Check.RunAsync().ConfigureAwait(false);
            using var session = new ConsumerSession(keyspace, services, _health, timeProvider, _logger);
            await session.RunAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            _health.End(failure);
            Volatile.Write(ref _running, 0);
        }
    }
}
