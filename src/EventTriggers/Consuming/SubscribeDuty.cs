using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Subscribes a group to its types in one partition, and takes over events of those types that nobody wanted yet.</summary>
internal sealed class SubscribeDuty(Keyspace keyspace, Partition partition, string group, IReadOnlyCollection<string> types, ILogger logger)
{
    private const int Batch = 200;

    private bool _isSubscribed;

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
            await keyspace.CheckMetaAsync().ConfigureAwait(false);
        }

        _isSubscribed = true;
        return isReset;
    }

    private async ValueTask<int> SubscribeAsync(string[] some)
    {
        var keys = partition.Keys.Of(group);
        RedisKey[] all =
        [
            partition.Keys.Root, keys.Ready, keys.Delayed,
            .. some.SelectMany(type => (RedisKey[])[partition.Keys.Routes(type), partition.Keys.Unrouted(type)]),
        ];
        RedisValue[] arguments = [partition.ServerChannel, group, Batch, .. some.Select(static type => (RedisValue)type)];
        var added = 0;
        string[] reply;
        do
        {
            reply = await keyspace.Scripts.RunForWordsAsync(Script.Subscribe, all, arguments).ConfigureAwait(false);
            added += int.Parse(reply[1], CultureInfo.InvariantCulture);
        }
        while (int.Parse(reply[0], CultureInfo.InvariantCulture) == Batch);
        return added;
    }
}
