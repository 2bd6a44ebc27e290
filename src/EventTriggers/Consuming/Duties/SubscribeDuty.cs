using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Subscribes a group to its types in one partition, registers this consumer as one that handles them, and takes over events of those types
/// that no group wanted yet.
/// </summary>
internal sealed class SubscribeDuty(Keyspace keyspace, Partition partition, string group, IReadOnlyCollection<string> types, ILogger logger)
{
    /// <summary>How many groups may subscribe to a type. Each event is written for each of them: with this many, a script that accepts 100
    /// events takes 5 ms, and under 20 ms where each has a delay, headers and an id of its own.</summary>
    public const int MaxGroups = 50;

    private const int Batch = 200;

    private readonly HashSet<string> _crowded = new(StringComparer.Ordinal);
    private bool _isSubscribed;

    /// <summary>Gets the name under which it registers as a handler of the types: the one that its claims give as their holder.</summary>
    public string Consumer { get; init; } = IdGenerator.Next();

    // It subscribes again once a minute, or after each poll where nothing else wakes it.
    private TimeSpan Alive => TimeSpan.FromMilliseconds(Math.Max(150_000, keyspace.Options.PollInterval.TotalMilliseconds + 90_000));

    /// <summary>Subscribes.</summary>
    /// <returns>Whether the store had lost an earlier subscription.</returns>
    public async ValueTask<bool> RunOnceAsync()
    {
        var added = 0;
        foreach (var some in types.Chunk(Batch))
        {
            added += await SubscribeAsync(some).ConfigureAwait(false);
        }

        // Subscriptions do not end by themselves: a store that has lost them has lost more.
        var isReset = _isSubscribed && added > 0;
        if (isReset)
        {
            logger.DataLost(partition.Index, group);
            await keyspace.GateOf(partition).CheckAsync().ConfigureAwait(false);
        }

        _isSubscribed = true;
        return isReset;
    }

    /// <summary>Takes this consumer out of those that handle the types.</summary>
    public Task LeaveAsync() => new ConsumerRegistry(keyspace, partition).RemoveHandlerAsync(group, types, Consumer);

    private async ValueTask<int> SubscribeAsync(string[] some)
    {
        var added = 0;
        SubscribeReply reply;
        do
        {
            reply = await keyspace.Scripts.RunAsync(new SubscribeRequest
            {
                Partition = partition,
                Group = group,
                Types = some,
                Now = keyspace.PinnedNow,
                Limit = Batch,
                MaxGroups = MaxGroups,
                Consumer = Consumer,
                Alive = Alive,
            }).ConfigureAwait(false);
            added += reply.Added;
        }
        while (reply.TakenOver == Batch);
        Report(some, reply.Crowded);
        return added;
    }

    // Once, when it begins: the types are subscribed again each minute.
    private void Report(string[] some, IReadOnlyList<CrowdedType> crowded)
    {
        foreach (var (type, groups) in crowded)
        {
            if (_crowded.Add(type))
            {
                logger.TooManyGroups(group, type, partition.Index, groups, MaxGroups);
            }
        }

        _crowded.ExceptWith(some.Where(type => !crowded.Any(one => one.Type == type)));
    }
}
