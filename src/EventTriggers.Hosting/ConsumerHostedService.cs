using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace EventTriggers.Hosting;

/// <summary>Runs the consumer loops of all buses of the host.</summary>
internal sealed class ConsumerHostedService(
    HostedLoops loops, DrainLimit limit, IOptionsMonitor<RedisTriggersOptions> options, TimeProvider timeProvider,
    ILogger<ConsumerHostedService> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);

    private volatile Task[] _running = [];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);

        // The first that failed has ended the service; the others drain all the same.
        await Task.WhenAll(_running).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host has not started yet: a connection that is made on this thread would hold it up.
        await Task.Yield();
        using var changes = options.OnChange((_, _) => limit.Report(loops.Buses, logger));
        limit.Report(loops.Buses, logger);
        _running = [.. loops.Buses.Select(bus => Task.Run(() => RunAsync(bus, stoppingToken), CancellationToken.None))];
        await foreach (var ended in Task.WhenEach(_running).ConfigureAwait(false))
        {
            // A failure is the host's to judge at once; the other buses run until it stops.
            await ended.ConfigureAwait(false);
        }
    }

    private async Task RunAsync(string bus, CancellationToken stoppingToken)
    {
        try
        {
            if (await MakeAsync(bus, stoppingToken).ConfigureAwait(false) is { } loop)
            {
                await loop.RunAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Here too, because the host hears of the first failure only.
            logger.ConsumerFailed(e, BusServices.Describe(bus), e.Message);
            throw;
        }
    }

    // Where the host connects when the multiplexer is first asked for, and without abortConnect=false, that fails while Redis is away.
    private async Task<IConsumerLoop?> MakeAsync(string bus, CancellationToken stoppingToken)
    {
        for (var pause = FirstPause; !stoppingToken.IsCancellationRequested; pause = pause * 2 < MaxPause ? pause * 2 : MaxPause)
        {
            try
            {
                return loops.Make(bus);
            }
            catch (RedisConnectionException e)
            {
                if (pause == FirstPause)
                {
                    logger.ConnectionFailed(e, BusServices.Describe(bus));
                }
            }

            await Task.Delay(pause, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }
}
