using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>Takes expired leases of one group in one partition away.</summary>
internal sealed class ReapDuty(Keyspace keyspace, Partition partition, HostedGroup group, ILogger logger)
{
    private const int Batch = 100;

    /// <param name="expiredBy">Only leases that had expired by this time of the server are taken, in unix ms.</param>
    public async ValueTask RunOnceAsync(long expiredBy)
    {
        var reply = await keyspace.Scripts.RunAsync(new ReapRequest
        {
            Partition = partition,
            Group = group.Name,
            Now = keyspace.PinnedNow,
            MaxCrashes = group.Settings.MaxCrashes,
            Limit = Batch,
            SilenceMs = keyspace.SilenceMs,
            DeadLetterRetention = keyspace.DeadLetterRetention,
            ExpiredBy = expiredBy,
        }).ConfigureAwait(false);
        DeliveryMetrics.Reaped(group.Name, reply.Ready + reply.Dead.Count);
        DeliveryMetrics.Buried(group.Name, reply.Dead.Count);
        if (reply.Ready > 0)
        {
            logger.LeasesExpired(reply.Ready, partition.Index);
        }

        foreach (var dead in reply.Dead)
        {
            logger.DeliveryCrashed(Excerpt.Of(dead), group.Name);
        }
    }

    /// <summary>Lets no lease last longer than a new one: after the clock went back, the leases of dead consumers would.</summary>
    public async ValueTask ShortenAsync()
    {
        int shortened;
        do
        {
            shortened = await keyspace.Scripts.RunAsync(new ShortenRequest
            {
                Partition = partition,
                Group = group.Name,
                Now = keyspace.PinnedNow,
                Duration = keyspace.Options.LeaseDuration,
                Limit = Batch,
            }).ConfigureAwait(false);
        }
        while (shortened == Batch);
    }
}
