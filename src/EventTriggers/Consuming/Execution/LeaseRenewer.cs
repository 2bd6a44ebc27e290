using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>Extends leases, and interrupts handlers whose lease is lost or whose event is canceled.</summary>
internal sealed class LeaseRenewer(Keyspace keyspace, TimeProvider timeProvider, ILogger logger) : ILeaseConfirmation
{
    public async ValueTask ConfirmAsync(Lease lease, CancellationToken cancellationToken)
    {
        var call = new RetriedCall("confirm a lease", lease.Partition.Keys.Root) { Changes = false };
        await keyspace.Retry.RunAsync(call, keyspace.Begin(cancellationToken), async () =>
        {
            await RenewAsync(lease.Partition, lease.Delivery.Group, [lease]).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        if (lease.Interruption == Interruption.LeaseLost)
        {
            throw LeaseLostException.For(lease.Delivery);
        }
    }

    /// <summary>Extends leases of one group in one partition with one call.</summary>
    public async ValueTask RenewAsync(Partition partition, string group, Lease[] leases)
    {
        var sent = timeProvider.GetTimestamp();
        var since = OperationMetrics.Begin();
        var outcomes = await keyspace.Scripts.RunAsync(new RenewRequest
        {
            Partition = partition,
            Group = group,
            Now = keyspace.PinnedNow,
            Duration = keyspace.Options.LeaseDuration,
            SilenceMs = keyspace.SilenceMs,
            Leases = leases,
        }).ConfigureAwait(false);
        OperationMetrics.Record("renew", operationType: null, since);
        for (var i = 0; i < leases.Length; i++)
        {
            Apply(leases[i], outcomes[i], sent);
        }
    }

    private void Apply(Lease lease, RenewOutcome outcome, long sent)
    {
        switch (outcome)
        {
            case RenewOutcome.Extended:
                lease.Renew(sent);
                break;
            case RenewOutcome.Canceled:
                lease.Renew(sent);
                lease.Interrupt(Interruption.Canceled);
                break;
            case RenewOutcome.Lost when lease.IsConcluded:
                // Its outcome is recorded, or is just being recorded: the reply of the settle call reports it.
                break;
            case RenewOutcome.Lost:
                lease.Interrupt(Interruption.LeaseLost);
                DeliveryMetrics.LeaseLost(lease.Delivery.Group);

                // Leases that were in doubt are reported together.
                if (!lease.IsInDoubt)
                {
                    logger.LeaseLost(lease.Delivery.Id, lease.Delivery.Group);
                }

                break;
        }
    }
}
