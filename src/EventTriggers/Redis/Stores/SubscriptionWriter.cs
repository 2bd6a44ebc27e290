using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Adds subscriptions to the index of their type in every partition, and removes them. An event is matched with the index of its own
/// partition only.
/// </summary>
internal sealed class SubscriptionWriter(Keyspace keyspace)
{
    // Each matching process caches about this many triggers of a type. Beyond that, triggers are looked up by a value, if they ask for one
    // that few share.
    private const int MostCached = 1000;
    private const int MostShared = 100;

    // A server that answers takes a thousandth of it.
    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(1);

    /// <summary>Adds a subscription. Events that are published after this returns are matched.</summary>
    /// <exception cref="StoreUnavailableException">Some partition has not confirmed it.</exception>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public ValueTask AddAsync(TriggerSubscription subscription, SubscribedType type, Deadline deadline) =>
        AddAsync([subscription], type, deadline);

    /// <summary>
    /// Adds several: one after another in each partition, and in all partitions at the same time, so that those that answer have them all.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Some partition has not confirmed them.</exception>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public async ValueTask AddAsync(IReadOnlyList<TriggerSubscription> subscriptions, SubscribedType type, Deadline deadline)
    {
        var values = FieldValueKey.FromPattern(type.Pattern);
        await Task.WhenAll(keyspace.Partitions.Select(async partition =>
        {
            await keyspace.GateOf(partition).OpenAsync("subscribe to events", deadline).ConfigureAwait(false);
            foreach (var subscription in subscriptions)
            {
                var request = new AddSubscriptionRequest
                {
                    Partition = partition,
                    Type = type.Type,
                    Subscription = subscription,
                    Values = values,
                    MostCached = MostCached,
                    MostShared = MostShared,
                    LastsMs = subscription.Expires == 0 ? null : Math.Max(1, subscription.Expires - keyspace.HostMs),
                };
                var call = new RetriedCall("subscribe to events", partition.Keys.Root);
                await keyspace.Retry.RunAsync(call, deadline, () => keyspace.Scripts.RunAsync(request)).ConfigureAwait(false);
            }
        })).ConfigureAwait(false);
    }

    /// <summary>
    /// Removes subscriptions of what has ended. If that fails it has ended all the same, and the first event that would match removes them;
    /// so a caller does not wait long for a partition that does not answer.
    /// </summary>
    public static async ValueTask TryRemoveAsync(Deadline deadline, Func<Deadline, ValueTask> remove)
    {
        try
        {
            var limit = deadline.Left < RemovalLimit ? deadline.Left : RemovalLimit;
            await remove(deadline).AsTask().WaitAsync(limit, deadline.Time).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e) || e is StoreUnavailableException)
        {
            // See above.
        }
    }

    /// <summary>Removes a subscription from every partition.</summary>
    public ValueTask RemoveAsync(TriggerSubscription subscription, SubscribedType type) => RemoveAsync([(subscription, type)]);

    /// <summary>Removes subscriptions from every partition.</summary>
    public async ValueTask RemoveAsync(IEnumerable<(TriggerSubscription Subscription, SubscribedType Type)> subscriptions)
    {
        var byType = subscriptions
            .SelectMany(static one => one.Type.Locate(one.Subscription).Select(stored => (one.Type.Type, Stored: stored)))
            .ToLookup(static one => one.Type, static one => one.Stored, StringComparer.Ordinal);
        var removals = keyspace.Partitions
            .SelectMany(partition => byType.Select(type => RemoveAsync(partition, type.Key, [.. type]).AsTask()));
        await Task.WhenAll(removals).ConfigureAwait(false);
    }

    /// <summary>Removes subscriptions to a type from one partition.</summary>
    public async ValueTask RemoveAsync(Partition partition, string type, IReadOnlyCollection<StoredSubscription> subscriptions)
    {
        foreach (var some in subscriptions.Chunk(BatchLimits.Items))
        {
            var request = new RemoveSubscriptionsRequest { Partition = partition, Type = type, Subscriptions = some };
            await keyspace.Scripts.RunAsync(request).ConfigureAwait(false);
        }
    }
}
