using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Takes out what would cancel events, when they have ended in every group: beside the settlement, because other partitions watch for them, too. What is not taken out, because the process ends
/// or Redis is away, goes a few days after the event was due.
/// </summary>
internal sealed class CancelOnRelease : IAsyncDisposable
{
    private readonly EventStatuses _statuses;
    private readonly SubscriptionWriter _watches;
    private readonly Coalescer<Ended> _coalescer;

    public CancelOnRelease(Keyspace keyspace)
    {
        (_statuses, _watches) = (new EventStatuses(keyspace), new SubscriptionWriter(keyspace));
        _coalescer = new Coalescer<Ended>(senders: 1, async (_, batch) => await RunOnceAsync(batch).ConfigureAwait(false));
    }

    /// <summary>Takes a delivery that has ended in its group.</summary>
    public void Add(string id, string cancelOn) => _coalescer.Add(new Ended(id, cancelOn));

    public ValueTask DisposeAsync() => _coalescer.DisposeAsync();

    private async ValueTask RunOnceAsync(List<Ended> batch)
    {
        try
        {
            // Another group may not have handled it yet.
            var ended = await Task.WhenAll(batch.Select(one => _statuses.HaveEndedAsync(one.Id))).ConfigureAwait(false);
            await _watches.RemoveAsync(batch.Where((_, i) => ended[i]).Select(static one => one.Watched).OfType<(TriggerSubscription Watch, SubscribedType Watched)>()).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // It goes by itself later.
        }
    }

    private sealed class Ended(string id, string cancelOn) : ICoalesced
    {
        public string Id => id;

        public (TriggerSubscription Watch, SubscribedType Watched)? Watched => CancelOnRule.WatchedBy(id, cancelOn);

        public int Count => 1;

        public int Size => cancelOn.Length + 200;

        public void Fail(Exception exception)
        {
        }
    }
}
