using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>Extends the leases that one group holds in one partition.</summary>
internal sealed class RenewDuty(Keyspace keyspace, Partition partition, DeliveryQueue queue, TimeProvider timeProvider, ILogger logger)
{
    private const int Batch = 100;

    private readonly LeaseRenewer _renewer = new(keyspace, timeProvider, logger);
    private volatile bool _isFailing;

    /// <summary>Gets the leases whose outcome is not decided.</summary>
    public IEnumerable<Lease> Running => queue.HeldIn(partition).Where(static lease => !lease.IsConcluded);

    /// <summary>Renews all leases.</summary>
    /// <returns>Whether the server answered.</returns>
    public Task<bool> RunOnceAsync() => RunOnceAsync(queue.HeldIn(partition));

    /// <summary>Renews some leases.</summary>
    /// <returns>Whether the server answered.</returns>
    public async Task<bool> RunOnceAsync(IEnumerable<Lease> leases) =>
        (await Task.WhenAll(leases.Chunk(Batch).Select(TryRenewAsync)).ConfigureAwait(false)).All(static isAnswered => isAnswered);

    private async Task<bool> TryRenewAsync(Lease[] leases)
    {
        try
        {
            await _renewer.RenewAsync(partition, queue.Group, leases).ConfigureAwait(false);
            _isFailing = false;
            return true;
        }
        catch (Exception e)
        {
            // The duty's edge: renewing goes on, or everything that is held would be lost without a trace.
            if (!_isFailing)
            {
                logger.RenewFailed(e, partition.Index);
            }

            _isFailing = true;
            return false;
        }
    }
}
