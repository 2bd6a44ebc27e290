using Microsoft.Extensions.Logging;

namespace EventTriggers;

/// <summary>Extends what this process holds in one partition, until everything is drained.</summary>
internal sealed class RenewLoop(Keyspace keyspace, Partition partition, IReadOnlyList<RenewDuty> groups, TimeProvider timeProvider, ILogger logger)
{
    public async Task RunAsync(CancellationToken drained)
    {
        _ = (partition, logger);
        using var timer = new PeriodicTimer(keyspace.Options.RenewalInterval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(drained).ConfigureAwait(false))
            {
                await Task.WhenAll(groups.Select(static renew => renew.RunOnceAsync().AsTask())).WaitAsync(drained).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (drained.IsCancellationRequested)
        {
            // Everything is drained: nothing is held any more.
        }
    }
}
