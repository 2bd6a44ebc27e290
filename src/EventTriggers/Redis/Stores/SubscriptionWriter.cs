using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Puts what watches events of a type into the index of every partition, and takes it out. An event knows the index of its own partition only.</summary>
internal sealed class SubscriptionWriter(Keyspace keyspace)
{
    // So many triggers of a type are held in memory by each process that matches; more of them, where they can be, are looked up by a value that few share.
    private const int Crowd = 1000;
    private const int Shared = 100;

    // A server that answers takes a thousandth of it.
    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(1);

    /// <summary>Returns when events that are published from then on are seen.</summary>
    /// <exception cref="StoreUnavailableException">Some partition has not confirmed it.</exception>
    /// <exception cref="ForeignKeyException">A key holds something of another type.</exception>
    public ValueTask AddAsync(TriggerSubscription watch, SubscribedType watched, Deadline deadline) => AddAsync([watch], watched, deadline);

    /// <summary>The same for several: one after another in each partition, and in all partitions at the same time, so that those that answer have them all.</summary>
    /// <exception cref="StoreUnavailableException">Some partition has not confirmed them.</exception>
    /// <exception cref="ForeignKeyException">A key holds something of another type.</exception>
    public async ValueTask AddAsync(IReadOnlyList<TriggerSubscription> all, SubscribedType watched, Deadline deadline)
    {
        var lookups = FieldValue.Of(watched.Pattern);
        RedisValue[] fields = [.. lookups.Select(static lookup => (RedisValue)lookup.Field)];
        await Task.WhenAll(keyspace.Partitions.Select(async partition =>
        {
            RedisKey[] keys =
            [
                partition.Keys.Root, partition.Keys.On(watched.Type), partition.Keys.Watched(watched.Type), partition.Keys.Routes(watched.Type),
                .. lookups.Select(lookup => partition.Keys.By(lookup.KeyFor(watched.Type))),
            ];
            await keyspace.GateOf(partition).OpenAsync("watch events", deadline).ConfigureAwait(false);
            foreach (var watch in all)
            {
                RedisValue lasts = watch.Expires == 0 ? RedisValue.EmptyString : Math.Max(1, watch.Expires - keyspace.HostMs);
                RedisKeys.ThrowIfMisused(await keyspace.Patience.RunAsync(
                    new RetriedCall("watch events", partition.Keys.Root), deadline, () => keyspace.Scripts.RunForWordAsync(
                        Script.Watch, keys, (RedisValue[])[watch.Member, Crowd, Shared, lasts, .. fields])).ConfigureAwait(false));
            }
        })).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes out what has ended. If that fails it has ended all the same, and the first event that would match takes it out; so a caller does not wait long for a partition that is away.
    /// </summary>
    public static async ValueTask TryRemoveAsync(Deadline deadline, Func<Deadline, ValueTask> remove)
    {
        try
        {
            await remove(deadline).AsTask().WaitAsync(deadline.Left < RemovalLimit ? deadline.Left : RemovalLimit, deadline.Time).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e) || e is StoreUnavailableException)
        {
            // See above.
        }
    }

    /// <summary>Takes a watch out of every partition. Where it is, held or looked up, only the indexes know.</summary>
    public ValueTask RemoveAsync(TriggerSubscription watch, SubscribedType watched) => RemoveAsync([(watch, watched)]);

    /// <summary>Takes watches out of every partition.</summary>
    public async ValueTask RemoveAsync(IEnumerable<(TriggerSubscription Watch, SubscribedType Watched)> watches)
    {
        var everywhere = watches.SelectMany(static one => (IEnumerable<(string Type, SubscribedTrigger Trigger)>)
        [
            (one.Watched.Type, new SubscribedTrigger(one.Watch, 0, pattern: null)),
            .. FieldValue.Of(one.Watched.Pattern).Select(lookup => (one.Watched.Type, new SubscribedTrigger(one.Watch, 0, pattern: null) { Lookup = lookup })),
        ]).ToLookup(static one => one.Type, static one => one.Trigger, StringComparer.Ordinal);
        await Task.WhenAll(keyspace.Partitions.SelectMany(partition => everywhere.Select(type => RemoveAsync(partition, type.Key, [.. type]).AsTask()))).ConfigureAwait(false);
    }

    /// <summary>Takes watches of a type out of one partition.</summary>
    public async ValueTask RemoveAsync(Partition partition, string type, IReadOnlyCollection<SubscribedTrigger> ended)
    {
        foreach (var some in ended.Chunk(BatchLimits.Items))
        {
            await RemoveSomeAsync(partition, type, some).ConfigureAwait(false);
        }
    }

    private async ValueTask RemoveSomeAsync(Partition partition, string type, SubscribedTrigger[] ended)
    {
        var held = ended.Where(static trigger => trigger.Lookup is null).ToArray();
        var call = new ScriptCall().Key(partition.Keys.Root).Key(partition.Keys.On(type)).Key(partition.Keys.Watched(type)).Key(partition.Keys.Routes(type)).Key(partition.Keys.Off(type));
        call.Add(held.Length);
        foreach (var trigger in held)
        {
            call.Add(trigger.Watch.Member);
        }

        foreach (var trigger in ended.Where(static trigger => trigger.Lookup is not null))
        {
            call.Key(partition.Keys.By(trigger.Lookup!.KeyFor(type))).Add(trigger.Watch.Member).Add(trigger.Lookup.Field);
        }

        await keyspace.Scripts.RunForWordAsync(Script.Unwatch, call.Keys, call.Arguments).ConfigureAwait(false);
    }
}
