using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Removes the subscriptions of events that have ended in every group. It runs beside the settlement, because other partitions have such
/// subscriptions as well. What is not removed, because the process ends or Redis does not answer, expires a few days after the event was
/// due.
/// </summary>
internal sealed class CancelOnRelease : IAsyncDisposable
{
    private readonly EventStatuses _statuses;
    private readonly SubscriptionWriter _subscriptions;
    private readonly Coalescer<EndedDelivery> _coalescer;

    public CancelOnRelease(Keyspace keyspace)
    {
        (_statuses, _subscriptions) = (new EventStatuses(keyspace), new SubscriptionWriter(keyspace));
        _coalescer = new Coalescer<EndedDelivery>(senders: 1, async (_, batch) => await RunOnceAsync(batch).ConfigureAwait(false));
    }

    /// <summary>Takes a delivery that has ended in its group.</summary>
    public void Add(string id, string cancelOn) => _coalescer.Add(new EndedDelivery(id, cancelOn));

    public ValueTask DisposeAsync() => _coalescer.DisposeAsync();

    private async ValueTask RunOnceAsync(List<EndedDelivery> batch)
    {
        try
        {
            // Another group may not have handled it yet.
            var hasEnded = await Task.WhenAll(batch.Select(one => _statuses.HaveEndedAsync(one.Id))).ConfigureAwait(false);
            var ended = batch.Where((_, i) => hasEnded[i]).SelectMany(static one => one.Subscriptions);
            await _subscriptions.RemoveAsync(ended).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // It expires.
        }
    }

    private sealed class EndedDelivery(string id, string cancelOn) : ICoalesced
    {
        public string Id => id;

        public IEnumerable<(TriggerSubscription Subscription, SubscribedType Type)> Subscriptions =>
            CancelOnRule.FindSubscriptions(id, cancelOn);

        public int Count => 1;

        public int Size => cancelOn.Length + 200;

        public void Fail(Exception exception)
        {
        }
    }
}
