using EventTriggers.Testing;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>A server that comes back without its data.</summary>
public sealed class RestartTests(RedisFixture redis)
{
    // Faults 41 and 58.
    [Fact]
    public async Task AnEmptyServer_IsUsedAsIfItWereNew()
    {
        if (redis.Server.Kind == "given")
        {
            Assert.Skip("A given server is not restarted.");
        }

        await using var empty = await RedisTestServer.StartAsync();
        await using var scene = await Scene.CreateAsync(redis);
        scene.Consume(scene.Victim);
        var bus = scene.Victim.GetRequiredService<IEventBus>();
        await bus.PublishAsync(new Probe("before"));
        await Wait.UntilAsync(() => scene.Handled.Count == 1, "the first is handled");

        await scene.RetargetAsync(empty.ConnectionString);
        await bus.PublishAsync(new Probe("after"));
        await scene.Victim.GetRequiredService<ITriggerStore>().AddAsync(Trigger.After(TimeSpan.FromMilliseconds(50)).Publish(new Probe("trigger")));

        await Wait.UntilAsync(() => scene.Handled.Count == 3, "what comes after is handled");
        await using var connection = await empty.ConnectAsync();
        var routes = 0;
        await foreach (var key in connection.GetServers()[0].KeysAsync(pattern: "*:routes:*"))
        {
            routes++;
        }

        routes.Should().BeGreaterThanOrEqualTo(2, "the group has subscribed again");
    }
}
