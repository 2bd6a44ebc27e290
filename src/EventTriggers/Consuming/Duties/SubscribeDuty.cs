using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>Subscribes a group to its types in one partition, registers this consumer as one that handles them, and takes over events of those types that nobody wanted yet.</summary>
internal sealed class SubscribeDuty(Keyspace keyspace, Partition partition, string group, IReadOnlyCollection<string> types, ILogger logger)
{
    /// <summary>How many groups may subscribe to a type. Each event is written for each of them: with so many, a script that accepts 100 events takes
    /// 5 ms, and under 20 ms where each has a delay, headers and an id of its own.</summary>
    public const int MaxGroups = 50;

    private const int Batch = 200;

    private readonly HashSet<string> _crowded = new(StringComparer.Ordinal);
    private bool _isSubscribed;

    /// <summary>Gets under which name it registers that it handles the types: the one that its claims give.</summary>
    public RedisValue Consumer { get; init; } = IdGenerator.Next();

    // How long it counts as alive: it says so once a minute, or after each poll where nothing else wakes it.
    private long AliveMs => (long)Math.Max(150_000, keyspace.Options.FallbackPoll.TotalMilliseconds + 90_000);

    /// <summary>Subscribes.</summary>
    /// <returns>Whether the store had lost an earlier subscription.</returns>
    public async ValueTask<bool> RunOnceAsync()
    {
        var added = 0;
        foreach (var some in types.Chunk(Batch))
        {
            added += await SubscribeAsync(some).ConfigureAwait(false);
        }

        // Subscriptions do not end by themselves: who has lost them has lost more.
        var isReset = _isSubscribed && added > 0;
        if (isReset)
        {
            logger.StoreReset(partition.Index, group);
            await keyspace.GateOf(partition).CheckAsync().ConfigureAwait(false);
        }

        _isSubscribed = true;
        return isReset;
    }

    /// <summary>Tells that this consumer handles nothing any more.</summary>
    public Task LeaveAsync() => Task.WhenAll(types.Select(type =>
        keyspace.Database.SortedSetRemoveAsync(partition.Keys.Handlers(group, type), Consumer, CommandFlags.DemandMaster)));

    private async ValueTask<int> SubscribeAsync(string[] some)
    {
        var keys = partition.Keys.Of(group);
        RedisKey[] all =
        [
            partition.Keys.Root, keys.Ready, keys.Delayed,
            .. some.SelectMany(type => (RedisKey[])[partition.Keys.Routes(type), partition.Keys.Unrouted(type), partition.Keys.Handlers(group, type)]),
        ];
        RedisValue[] arguments =
        [
            keyspace.PinnedNow, partition.ServerChannel, group, Batch, MaxGroups, Consumer, AliveMs, .. some.Select(static type => (RedisValue)type),
        ];
        var added = 0;
        string[] reply;
        do
        {
            reply = await keyspace.Scripts.RunForWordsAsync(Script.Subscribe, all, arguments).ConfigureAwait(false);
            added += int.Parse(reply[1], CultureInfo.InvariantCulture);
        }
        while (int.Parse(reply[0], CultureInfo.InvariantCulture) == Batch);
        Tell(some, reply.AsSpan(2));
        return added;
    }

    // Once, when it begins: it is asked again each minute.
    private void Tell(string[] some, ReadOnlySpan<string> crowded)
    {
        HashSet<string> now = new(StringComparer.Ordinal);
        for (var i = 0; i < crowded.Length; i += 2)
        {
            now.Add(crowded[i]);
            if (_crowded.Add(crowded[i]))
            {
                logger.TooManyGroups(group, crowded[i], partition.Index, int.Parse(crowded[i + 1], CultureInfo.InvariantCulture), MaxGroups);
            }
        }

        _crowded.ExceptWith(some.Where(type => !now.Contains(type)));
    }
}
