using Microsoft.Extensions.Logging;

namespace EventTriggers;

/// <summary>Mends all partitions at a low rate, beside their loops: it takes its time, and nobody waits for it.</summary>
internal sealed class MendLoop(Keyspace keyspace, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly MendDuty[] _duties = [.. keyspace.Partitions.Select(partition => new MendDuty(keyspace, partition, logger))];

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Nap.ForAsync(Interval, timeProvider, stoppingToken).ConfigureAwait(false);
            await TryAsync(keyspace.CheckMetaAsync, stoppingToken).ConfigureAwait(false);
            foreach (var duty in _duties)
            {
                await TryAsync(async () => await duty.RunOnceAsync().ConfigureAwait(false), stoppingToken).ConfigureAwait(false);
            }
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
        catch (InvalidOperationException e)
        {
            // Somebody else has made the prefix anew, and means other keys.
            logger.PrefixDisagrees(e);
        }
        catch (Exception e)
        {
            // The duty's edge: the loops tell what is wrong with Redis; this waits for its next turn.
            logger.MendFailed(e);
        }
    }
}
