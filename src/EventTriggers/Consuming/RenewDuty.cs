using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Extends what one group holds in one partition, and tells handlers whose lease is lost or whose event is cancelled.</summary>
internal sealed class RenewDuty(Keyspace keyspace, Partition partition, ConsumerGroup group, TimeProvider timeProvider, ILogger logger)
{
    private const int Batch = 100;

    private readonly RedisKey _leased = partition.Keys.Of(group.Name).Leased;
    private volatile bool _isFailing;

    public async ValueTask RunOnceAsync() => await RunOnceAsync(group.Held.Where(lease => lease.Partition == partition)).ConfigureAwait(false);

    /// <summary>Does so for some of them.</summary>
    public Task RunOnceAsync(IEnumerable<Lease> leases) => Task.WhenAll(leases.Chunk(Batch).Select(TryRenewAsync));

    private async Task TryRenewAsync(Lease[] leases)
    {
        try
        {
            await RenewAsync(leases).ConfigureAwait(false);
            _isFailing = false;
        }
        catch (Exception e)
        {
            // The duty's edge: renewing goes on, or everything that is held would be lost without a sound.
            if (!_isFailing)
            {
                logger.RenewFailed(e, partition.Index);
            }

            _isFailing = true;
            GiveUpExpired(leases);
        }
    }

    private async ValueTask RenewAsync(Lease[] leases)
    {
        RedisKey[] keys = [partition.Keys.Root, _leased, .. leases.Select(lease => partition.Keys.Event(lease.Delivery.Id.Value))];
        RedisValue[] arguments =
        [
            keyspace.PinnedNow, (long)keyspace.Options.LeaseDuration.TotalMilliseconds, group.Name,
            .. leases.SelectMany(static lease => (RedisValue[])[lease.Delivery.Id.Value, lease.Delivery.Fence]),
        ];
        var sent = timeProvider.GetTimestamp();
        var words = await keyspace.Scripts.RunForWordsAsync(Script.Renew, keys, arguments).ConfigureAwait(false);
        for (var i = 0; i < leases.Length; i++)
        {
            Apply(leases[i], words[i], sent);
        }
    }

    private void Apply(Lease lease, string word, long sent)
    {
        switch (word)
        {
            case "ok":
                lease.Renewed = sent;
                break;
            case "cancel":
                lease.Renewed = sent;
                lease.Interrupt(Interruption.Canceled);
                break;
            case "lost" when lease.IsConcluded:
                // Its outcome is recorded, or is just being recorded: the settle call tells.
                break;
            case "lost":
                lease.Interrupt(Interruption.LeaseLost);
                logger.LeaseLost(lease.Delivery.Id, group.Name);
                break;
            default:
                throw new InvalidOperationException($"renew.lua answered '{word}'.");
        }
    }

    // While lease time remains by the local clock nobody else can hold it; after that somebody may.
    private void GiveUpExpired(Lease[] leases)
    {
        foreach (var lease in leases)
        {
            if (!lease.IsConcluded && lease.MayBeOver(timeProvider, keyspace.Options.LeaseDuration))
            {
                lease.Interrupt(Interruption.LeaseLost);
                logger.LeaseLost(lease.Delivery.Id, group.Name);
            }
        }
    }
}
