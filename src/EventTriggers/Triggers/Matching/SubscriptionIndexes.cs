using System.Collections.Concurrent;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Triggers.Matching;

/// <summary>The indexes of all types and partitions, each for as long as something subscribes to the type.</summary>
internal sealed class SubscriptionIndexes(Keyspace keyspace, SubscriptionWriter writer, TriggerErrorReporter reporter)
{
    private const long SweepMs = 60_000;
    private const int MostSwept = 100;

    private readonly ConcurrentDictionary<(int Partition, string Type), SubscriptionIndex> _indexes = new();
    private long _nextSweep;

    /// <summary>Gets how many there are.</summary>
    public int Count => _indexes.Count;

    public SubscriptionIndex GetOrAdd(Partition partition, string type) => _indexes.GetOrAdd(
        (partition.Index, type), static (at, all) => all.Create(at.Partition, at.Type), this);

    /// <summary>Drops an index that is empty. A caller that still has it may go on using it.</summary>
    public void DropIfEmpty(Partition partition, string type, SubscriptionIndex index)
    {
        if (index.IsEmpty)
        {
            _indexes.TryRemove(new((partition.Index, type), index));
        }
    }

    /// <summary>
    /// Drops, at most once a minute, the indexes of types without subscriptions. Events of such a type are not matched any more, so only
    /// the server knows.
    /// </summary>
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
            if (!await one.Value.ExistsAsync().ConfigureAwait(false))
            {
                _indexes.TryRemove(one);
            }
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // The next sweep asks again.
        }
    }

    private SubscriptionIndex Create(int partition, string type) =>
        new(keyspace, new SubscriptionReader(keyspace, writer, reporter, keyspace.Partitions[partition], type), reporter);
}
