using System.Globalization;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>Takes expired leases of one group in one partition back.</summary>
internal sealed class ReapDuty(Keyspace keyspace, Partition partition, ConsumerGroup group, ILogger logger)
{
    private const int Batch = 100;

    private readonly GroupKeys _keys = partition.Keys.Of(group.Name);

    public async ValueTask RunOnceAsync()
    {
        var reply = await keyspace.Scripts.RunForWordsAsync(
            Script.Reap,
            (RedisKey[])[partition.Keys.Root, _keys.Ready, _keys.Delayed, _keys.Leased, _keys.Dead, _keys.Ended, _keys.Suspects],
            (RedisValue[])[keyspace.PinnedNow, partition.ServerChannel, group.Name, keyspace.Options.MaxCrashes, Batch, keyspace.SilenceMs]).ConfigureAwait(false);

        if (long.Parse(reply[0], CultureInfo.InvariantCulture) is var ready and > 0)
        {
            logger.LeasesReaped(ready, partition.Index);
        }

        foreach (var dead in reply.AsSpan(1))
        {
            logger.DeliveryCrashed(Excerpt.Of(dead), group.Name);
        }
    }

    /// <summary>Lets no lease last longer than one that is made now: after the clock went back, those of dead consumers would.</summary>
    public async ValueTask ShortenAsync()
    {
        RedisKey[] keys = [partition.Keys.Root, _keys.Leased];
        RedisValue[] arguments = [keyspace.PinnedNow, (long)keyspace.Options.LeaseDuration.TotalMilliseconds, Batch];
        string shortened;
        do
        {
            shortened = await keyspace.Scripts.RunForWordAsync(Script.Shorten, keys, arguments).ConfigureAwait(false);
        }
        while (int.Parse(shortened, CultureInfo.InvariantCulture) == Batch);
    }
}
