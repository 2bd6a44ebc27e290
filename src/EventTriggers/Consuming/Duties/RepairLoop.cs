using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>Repairs one partition, and removes subscriptions that are no longer needed, at a low rate, beside its loop.</summary>
internal sealed class RepairLoop(Keyspace keyspace, Partition partition, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly RepairDuty _duty = new(keyspace, partition, logger);
    private readonly RemoveSubscriptionsDuty _removeSubscriptions = new(keyspace, partition);

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var rested = TimeSpan.Zero;
        while (!stoppingToken.IsCancellationRequested)
        {
            // One process goes on from page to page; the others look once a minute whether it still does.
            var pause = _duty.Next ?? Interval;
            await SafeDelay.ForAsync(pause, timeProvider, stoppingToken).ConfigureAwait(false);
            rested += pause;
            if (rested >= Interval)
            {
                rested = TimeSpan.Zero;
                await TryAsync(keyspace.GateOf(partition).CheckAsync, stoppingToken).ConfigureAwait(false);
                await TryAsync(_removeSubscriptions.RunOnceAsync, stoppingToken).ConfigureAwait(false);
            }

            await TryAsync(async () => await _duty.RunOnceAsync().ConfigureAwait(false), stoppingToken).ConfigureAwait(false);
        }
    }

    private async ValueTask TryAsync(Func<ValueTask> duty, CancellationToken stoppingToken)
    {
        if (stoppingToken.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await duty().AsTask().WaitAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nobody waits for it.
        }
        catch (Exception e) when (e is IncompatibleStoreException or ForeignKeyException)
        {
            // Somebody else has made the prefix anew, and means other keys.
            logger.PrefixIncompatible(e, Failures.MessageOf(e));
        }
        catch (Exception e)
        {
            // The duty's edge: the loops tell what is wrong with Redis; this waits for its next turn.
            logger.RepairFailed(e);
        }
    }
}
