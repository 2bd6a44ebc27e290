using System.Collections.Concurrent;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;
using StackExchange.Redis;

namespace EventTriggers.Triggers.Matching;

/// <summary>What is held in memory of the triggers of each type and partition, for as long as something waits for that type.</summary>
internal sealed class SubscriptionIndexes(Keyspace keyspace, SubscriptionWriter watches, TriggerErrorReporter teller)
{
    private const long SweepMs = 60_000;
    private const int MostSwept = 100;

    private readonly ConcurrentDictionary<(int Partition, string Type), SubscriptionIndex> _indexes = new();
    private long _nextSweep;

    /// <summary>Gets how many there are.</summary>
    public int Count => _indexes.Count;

    public SubscriptionIndex Of(Partition partition, string type) => _indexes.GetOrAdd(
        (partition.Index, type), static (at, all) => all.New(at.Partition, at.Type), this);

    /// <summary>Lets go of one that holds nothing. Whoever still has it may go on using it.</summary>
    public void DropIfEmpty(Partition partition, string type, SubscriptionIndex index)
    {
        if (index.IsEmpty)
        {
            _indexes.TryRemove(new((partition.Index, type), index));
        }
    }

    /// <summary>Once in a while, lets go of those that nothing waits for any more. Events of such a type do not come here, so only the server tells.</summary>
    public async ValueTask SweepAsync()
    {
        var (now, next) = (keyspace.HostMs, Volatile.Read(ref _nextSweep));
        if (now < next || Interlocked.CompareExchange(ref _nextSweep, now + SweepMs, next) != next)
        {
            return;
        }

        var idle = _indexes.Where(one => one.Value.UsedMs < now - SweepMs).OrderBy(static one => one.Value.UsedMs).Take(MostSwept);
        await Task.WhenAll(idle.Select(DropIfGoneAsync)).ConfigureAwait(false);
    }

    private async Task DropIfGoneAsync(KeyValuePair<(int Partition, string Type), SubscriptionIndex> one)
    {
        try
        {
            if (!await keyspace.Database.KeyExistsAsync(one.Value.Key, CommandFlags.DemandMaster).ConfigureAwait(false))
            {
                _indexes.TryRemove(one);
            }
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // It is asked again in a minute.
        }
    }

    private SubscriptionIndex New(int partition, string type) => new(keyspace, watches, keyspace.Partitions[partition], type, teller);
}
