using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>What is matched with what a process remembers is looked at once more where it fires.</summary>
public sealed class FireMatchesTests(RedisFixture redis)
{
    // The event is older than the update, so who matches it has no reason to ask again what the trigger wants.
    [Fact]
    public async Task AnEventThatIsMatchedWithAConditionFromBeforeAnUpdate_FiresNothing()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Matching("""{"a":[1]}""").WithId("t"));
        await scene.PublishAsync("in", """{"a":1,"n":1}""");
        await scene.Host.Bus.PublishRawAsync("in", """{"a":1,"n":2}"""u8.ToArray());
        var held = (await scene.HoldAsync()).Single();
        await scene.Host.Triggers.UpdateAsync(id, Trigger.On("in").Matching("""{"a":[2]}""").Publish(new Reminder(1)));

        await scene.MatchAsync(held);
        await scene.PublishAsync("in", """{"a":2,"n":3}""");

        (await scene.CausesAsync()).Should().Equal("""{"a":1,"n":1}""", """{"a":2,"n":3}""");
    }

    // One script fires them together, and ends for all where it fails for one. Here something else has taken the id of what that one
    // raises, and the server lets nobody look for the next id.
    [Fact]
    public async Task ATriggerThatFailsInTheScript_IsTold_AndTheOthersFire()
    {
        redis.SkipUnlessRedis();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(redis.Server, redis.Connection, user: "narrow"));
        await using var scene = await MatchScene.CreateAsync(redis, connection: connection);
        string[] ids = [.. Enumerable.Range(0, 5).Select(static n => $"t{n}")];
        foreach (var id in ids)
        {
            await scene.AddAsync(Trigger.On("in").WithId(id));
        }

        var keys = $"{{{scene.Host.Prefix}:0}}";
        await redis.Connection.GetServers()[0].ExecuteAsync(
            "ACL", "SETUSER", "narrow", "resetkeys", $"~{{{scene.Host.Prefix}:m*", $"~{keys}", $"~{keys}:[^e]*", $"~{keys}:e[^v]*",
            $"~{keys}:event:[^t]*", $"~{keys}:event:t[^2]*", $"~{keys}:event:t2/=*");
        await redis.Database.StringSetAsync($"{keys}:event:t2/=in-1", "taken");
        await scene.Host.Bus.PublishRawAsync("in", "1"u8.ToArray(), new PublishOptions { Id = "in-1" });
        await scene.MatchAsync();

        (await scene.RaisedAsync()).Select(static raised => raised.Firing.TriggerId).Should()
            .BeEquivalentTo(ids.Where(static id => id != "t2"));
        (await scene.Host.Triggers.FindAsync(ids[2]))!.Error.Should()
            .Contain("did not fire for event").And.Contain("access at least one of the keys");
    }

    // Whatever would be made of it: what is not the library's fires nothing, and says so.
    [Theory]
    [InlineData("type", "no name!")]
    [InlineData("fired", "word")]
    [InlineData("times", "-")]
    [InlineData("until", "1.5")]
    [InlineData("start", "[]")]
    public async Task ATriggerWhoseHashCannotBeReadWhereItFires_IsTold_AndTheOthersFire(string field, string value)
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var (broken, whole) = (
            await scene.AddAsync(Trigger.On("in").WithId("broken")), await scene.AddAsync(Trigger.On("in").WithId("whole")));
        await redis.Database.HashSetAsync($"{{{scene.Host.Prefix}:0}}:trigger:broken", field, value);

        await scene.PublishAsync("in", "1");

        (await scene.RaisedAsync()).Should().ContainSingle().Which.Firing.TriggerId.Should().Be(whole);
        (await scene.Host.Triggers.FindAsync(broken))!.Error.Should().Contain("its hash holds what the library does not write");
    }

    // An event that is delivered again may be so once more: what says that it has fired is kept on.
    [Fact]
    public async Task AnEventThatIsMatchedAgain_IsRememberedForTheWholeWindowOnceMore()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("in").WithId("t"));
        await scene.Host.Bus.PublishRawAsync("in", "1"u8.ToArray(), new PublishOptions { Id = "in-1" });
        var held = (await scene.HoldAsync()).Single();
        await scene.RunAsync(held, times: 2);
        var seen = scene.Host.Keyspace.PartitionOf("t").Keys.Seen("t/=in-1");
        await redis.Database.KeyExpireAsync(seen, TimeSpan.FromMinutes(1));

        await scene.RunAsync(held, times: 2);

        (await redis.Database.KeyTimeToLiveAsync(seen)).Should().BeGreaterThan(TimeSpan.FromMinutes(50));
        (await scene.RaisedAsync()).Should().ContainSingle();
    }
}
