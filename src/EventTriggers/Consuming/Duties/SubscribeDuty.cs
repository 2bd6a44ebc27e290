using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Subscribes the host's groups to their types in one partition, registers this consumer as one that handles them, and takes over events of
/// those types that no group wanted yet.
/// </summary>
internal sealed class SubscribeDuty(Keyspace keyspace, Partition partition, IReadOnlyList<GroupType> subscriptions, ILogger logger)
{
    /// <summary>How many groups may subscribe to a type. Each event is written for each of them: with this many, a script that accepts 100
    /// events takes 5 ms, and under 20 ms where each has a delay, headers and an id of its own.</summary>
    public const int MaxGroups = 50;

    private const int Batch = 200;

    private readonly HashSet<GroupType> _crowded = [];
    private bool _isSubscribed;

    /// <summary>Gets the name under which it registers as a handler of the types: the one that its claims give as their holder.</summary>
    public string Consumer { get; init; } = IdGenerator.Next();

    /// <summary>Gets how groups order by key; those that do not are left out.</summary>
    public IReadOnlyDictionary<string, KeyMode> Modes { get; init; } =
        new Dictionary<string, KeyMode>(StringComparer.Ordinal);

    // It subscribes again once a minute, or after each poll where nothing else wakes it.
    private TimeSpan Alive => TimeSpan.FromMilliseconds(Math.Max(150_000, keyspace.Options.PollInterval.TotalMilliseconds + 90_000));

    /// <summary>Subscribes.</summary>
    /// <returns>Whether the store had lost an earlier subscription.</returns>
    public async ValueTask<bool> RunOnceAsync()
    {
        var added = 0;
        foreach (var some in Batches())
        {
            added += await SubscribeAsync(some).ConfigureAwait(false);
        }

        // Subscriptions do not end by themselves: a store that has lost them has lost more.
        var isReset = _isSubscribed && added > 0;
        if (isReset)
        {
            var groups = subscriptions.Select(static one => one.Group).Distinct(StringComparer.Ordinal);
            logger.DataLost(partition.Index, string.Join(", ", groups));
            await keyspace.GateOf(partition).CheckAsync().ConfigureAwait(false);
        }

        _isSubscribed = true;
        return isReset;
    }

    /// <summary>Takes this consumer out of those that handle the types.</summary>
    public async Task LeaveAsync()
    {
        var registry = new ConsumerRegistry(keyspace, partition);
        foreach (var group in subscriptions.GroupBy(static one => one.Group, static one => one.Type, StringComparer.Ordinal))
        {
            await registry.RemoveHandlerAsync(group.Key, [.. group], Consumer).ConfigureAwait(false);
        }
    }

    // All groups of a type go into one call: each of them gets the events that no group wanted yet.
    private IEnumerable<GroupType[]> Batches()
    {
        var batch = new List<GroupType>();
        foreach (var type in subscriptions.GroupBy(static one => one.Type, StringComparer.Ordinal))
        {
            batch.AddRange(type);
            if (batch.Count >= Batch)
            {
                yield return [.. batch];
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }

    private async ValueTask<int> SubscribeAsync(GroupType[] some)
    {
        var added = 0;
        SubscribeReply reply;
        do
        {
            reply = await keyspace.Scripts.RunAsync(new SubscribeRequest
            {
                Partition = partition,
                Subscriptions = some,
                Now = keyspace.PinnedNow,
                Limit = Batch,
                MaxGroups = MaxGroups,
                Consumer = Consumer,
                Alive = Alive,
                Modes = Modes,
            }).ConfigureAwait(false);
            added += reply.Added;
        }
        while (reply.TakenOver >= Batch);
        Report(some, reply.Crowded);
        return added;
    }

    // Once, when it begins: the types are subscribed again each minute.
    private void Report(GroupType[] some, IReadOnlyList<CrowdedType> crowded)
    {
        foreach (var (subscription, groups) in crowded)
        {
            if (_crowded.Add(subscription))
            {
                logger.TooManyGroups(subscription.Group, subscription.Type, partition.Index, groups, MaxGroups);
            }
        }

        _crowded.ExceptWith(some.Where(one => !crowded.Any(refused => refused.Subscription == one)));
    }
}
