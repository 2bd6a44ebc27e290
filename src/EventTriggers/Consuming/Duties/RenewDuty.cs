using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>Extends what one group holds in one partition, and tells handlers whose lease is lost or whose event is cancelled.</summary>
internal sealed class RenewDuty(Keyspace keyspace, Partition partition, ConsumerGroup group, TimeProvider timeProvider, ILogger logger)
{
    private const int Batch = 100;

    private volatile bool _isFailing;

    /// <summary>Gets what it holds, of which the outcome is not decided.</summary>
    public IEnumerable<Lease> Running => group.Held.Where(lease => lease.Partition == partition && !lease.IsConcluded);

    /// <summary>Renews everything that it holds.</summary>
    /// <returns>Whether the server answered.</returns>
    public Task<bool> RunOnceAsync() => RunOnceAsync(group.Held.Where(lease => lease.Partition == partition));

    /// <summary>Does so for some of them.</summary>
    public async Task<bool> RunOnceAsync(IEnumerable<Lease> leases) =>
        (await Task.WhenAll(leases.Chunk(Batch).Select(TryRenewAsync)).ConfigureAwait(false)).All(static isAnswered => isAnswered);

    /// <summary>Renews one of them now.</summary>
    /// <exception cref="LeaseLostException">Another consumer may have it.</exception>
    /// <exception cref="StoreUnavailableException">Redis did not answer in time.</exception>
    public async ValueTask ConfirmAsync(Lease lease, CancellationToken cancellationToken)
    {
        await keyspace.Patience.RunAsync(new RetriedCall("confirm a lease", partition.Keys.Root) { Changes = false }, keyspace.Begin(cancellationToken), async () =>
        {
            await RenewAsync([lease]).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        if (lease.Interruption == Interruption.LeaseLost)
        {
            throw new LeaseLostException($"The lease of event '{Excerpt.Of(lease.Delivery.Id)}' in group {group.Name} is lost: another consumer may handle it by now.");
        }
    }

    private async Task<bool> TryRenewAsync(Lease[] leases)
    {
        try
        {
            await RenewAsync(leases).ConfigureAwait(false);
            _isFailing = false;
            return true;
        }
        catch (Exception e)
        {
            // The duty's edge: renewing goes on, or everything that is held would be lost without a sound.
            if (!_isFailing)
            {
                logger.RenewFailed(e, partition.Index);
            }

            _isFailing = true;
            return false;
        }
    }

    private async ValueTask RenewAsync(Lease[] leases)
    {
        var sent = timeProvider.GetTimestamp();
        var outcomes = await keyspace.Scripts.RunAsync(new RenewRequest
        {
            Partition = partition,
            Group = group.Name,
            Now = keyspace.PinnedNow,
            Duration = keyspace.Options.LeaseDuration,
            SilenceMs = keyspace.SilenceMs,
            Leases = leases,
        }).ConfigureAwait(false);
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
                // Its outcome is recorded, or is just being recorded: the settle call tells.
                break;
            case RenewOutcome.Lost:
                lease.Interrupt(Interruption.LeaseLost);

                // After a doubt it is told of all together.
                if (!lease.IsInDoubt)
                {
                    logger.LeaseLost(lease.Delivery.Id, group.Name);
                }

                break;
        }
    }
}
