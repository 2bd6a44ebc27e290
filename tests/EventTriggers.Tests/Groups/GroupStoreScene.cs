using System.Collections.Concurrent;

namespace EventTriggers.Tests.Groups;

/// <summary>A host with two groups that take the same events, and which keys it has.</summary>
internal static class GroupStoreScene
{
    public static async Task UntilKnownAsync(TestHost host, params string[] groups) => await Wait.UntilAsync(
        async () => groups.All((await host.Groups.ListAsync()).Select(static group => group.Name).Contains), "the groups are subscribed");

    public static TestHost TwoGroups(
        RedisFixture redis, ConcurrentDictionary<string, int> handled, Action<RedisTriggersOptions>? configure = null)
    {
        ValueTask Note(EventContext<OrderPlaced> context)
        {
            handled.AddOrUpdate(context.Group, 1, static (_, count) => count + 1);
            return default;
        }

        return TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) => Note(context))
                .AddGroup("billing", group => group.AddHandler<OrderPlaced>((context, _) => Note(context))),
            configure);
    }

    public static async Task<IReadOnlyList<string>> KeysAsync(RedisFixture redis, string prefix)
    {
        var keys = new List<string>();
        foreach (var server in redis.Database.Multiplexer.GetServers().Where(static server => !server.IsReplica))
        {
            await foreach (var key in server.KeysAsync(pattern: $"*{prefix}:*", pageSize: 1000))
            {
                keys.Add(key.ToString());
            }
        }

        return keys;
    }

    [EventType("invoice")]
    public sealed record Invoice(int Number);
}
