using System.Globalization;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Subscribes a group to its types in one partition, and takes over events of those types that nobody wanted yet.</summary>
internal sealed class SubscribeDuty(Keyspace keyspace, Partition partition, string group, IReadOnlyCollection<string> types)
{
    private const int Batch = 200;

    public async ValueTask RunOnceAsync()
    {
        foreach (var some in types.Chunk(Batch))
        {
            var keys = partition.Keys.Of(group);
            RedisKey[] all =
            [
                partition.Keys.Root, keys.Ready, keys.Delayed,
                .. some.SelectMany(type => (RedisKey[])[partition.Keys.Routes(type), partition.Keys.Unrouted(type)]),
            ];
            RedisValue[] arguments = [partition.ServerChannel, group, Batch, .. some.Select(static type => (RedisValue)type)];
            string taken;
            do
            {
                taken = await keyspace.Scripts.RunForWordAsync(Script.Subscribe, all, arguments).ConfigureAwait(false);
            }
            while (int.Parse(taken, CultureInfo.InvariantCulture) == Batch);
        }
    }
}
