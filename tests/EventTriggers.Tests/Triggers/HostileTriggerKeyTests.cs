using EventTriggers.Consuming.Duties;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Each key that triggers need holds something of another type than it must, while they are matched and fired. Other triggers fire as if it
/// were not there; when it is removed, those that need it fire for each event that was published meanwhile. They have a server of their
/// own: repair looks through all keys that a server has.
/// </summary>
public sealed class HostileTriggerKeyTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    // What a trigger over time keeps of one value of its key, under the name of its rule.
    private static readonly Dictionary<string, Func<Trigger>> Rules = new(StringComparer.Ordinal)
    {
        ["count"] = static () => Trigger.On("hook").Per("user").Count(2).Within(Hour).Publish(new Reminder(1)),
        ["then"] = static () => Trigger.On("hook").Per("user").FollowedBy("next", next => next.Per("user")).Within(Hour)
            .Publish(new Reminder(1)),
        ["throttle"] = static () => Trigger.On("hook").Per("user").AtMost(1, TimeSpan.FromSeconds(1)).Publish(new Reminder(1)),
        ["distinct"] = static () => Trigger.On("hook").Per("user").DistinctBy("n", TimeSpan.FromSeconds(1)).Publish(new Reminder(1)),
    };

    public static TheoryData<string, string, string> OverTime
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var (rule, kind, own) in (IEnumerable<(string, string, string)>)
            [
                ("count", "entries", "zset"), ("count", "details", "hash"), ("then", "entries", "zset"), ("then", "answers", "zset"),
                ("then", "details", "hash"),
                ("throttle", "throttled", "zset"), ("distinct", "distinct", "string"), ("count", "live", "string"),
            ])
            {
                foreach (var type in ((string[])["string", "list", "hash", "set", "zset"]).Where(
                    type => type != own && (kind, type) != ("live", "string")))
                {
                    cases.Add(rule, kind, type);
                }
            }

            return cases;
        }
    }

    public static TheoryData<string, string> Waiting => HostileKeys.Cases(("entries", "zset"), ("details", "hash"), ("throttled", "zset"));

    public static TheoryData<string, string> Timed => HostileKeys.Cases(
        ("triggers", "zset"), ("triggers:ended", "zset"), ("leader", "string"), (
            "routes:order.reminder", "set"), ("ready:default", "list"), ("history:every", "list"), ("number", "string"));

    public static TheoryData<string, string> OfTypes =>
        HostileKeys.Cases(("subs:hook", "zset"), ("subs-meta:hook", "hash"), ("subs-removed:hook", "zset"), ("routes:hook", "set"));

    [Theory]
    [Trait("Fault", "121")]
    [MemberData(nameof(OverTime))]
    public async Task Match_WhenWhatATriggerKeepsIsOfAnotherType_FiresTheOthers_AndItselfLater(string rule, string kind, string type)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.Host.Triggers.AddAsync(Rules[rule]().WithId("bad"));
        await scene.AddAsync(Trigger.On("hook").WithId("good"));
        await scene.Host.Triggers.AddAsync(Rules["count"]().WithId("good-count"));
        await scene.PublishAsync("hook", Payload("u", 1));
        await scene.RaisedAsync();
        var key = await KeyAsync(scene, id, kind);
        await HostileKeys.WriteAsync(redis.Database, key, type);

        scene.Clock.Advance(TimeSpan.FromSeconds(5));
        await scene.PublishAsync("hook", Payload("u", 1));
        await scene.PublishAsync("hook", Payload("v", 2));
        var meanwhile = await FiredAsync(scene);
        await RepairAsync(scene);
        var told = scene.Host.Log.Texts.ToArray();
        await redis.Database.KeyDeleteAsync(key);
        await RetryAsync(scene);
        var later = await FiredAsync(scene);
        await scene.PublishAsync("hook", Payload("u", 3));
        await scene.PublishAsync("next", Payload("u", 3));
        var atLast = await FiredAsync(scene);

        meanwhile.Where(static one => one is "good" or "good-count").Should().BeEquivalentTo("good", "good", "good-count");
        told.Should().ContainSingle(text => text.StartsWith($"The key '{key}' holds a {type} ", StringComparison.Ordinal));
        switch (rule)
        {
            // That there was an event before is lost with the key of the entries only.
            case "count":
                (meanwhile.Count(Bad), later.Count(Bad), atLast.Count(Bad)).Should().Be(kind == "entries" ? (0, 0, 1) : (0, 1, 0));
                break;
            case "then":
                (meanwhile.Count(Bad), later.Count(Bad), atLast.Count(Bad)).Should().Be((0, 0, 1));
                break;
            default:
                (meanwhile.Count(Bad), later.Count(Bad), atLast.Count(Bad)).Should().Be((1, 1, 1), "v fires meanwhile, and u when it can");
                break;
        }

        (await scene.Host.Events.CountAsync(TriggerMatcher.Group)).Should()
            .BeEquivalentTo(new { Ready = 0L, Leased = 0L, Delayed = 0L, Dead = 0L });
    }

    [Theory]
    [MemberData(nameof(Waiting))]
    public async Task Advance_WhenWhatATriggerKeepsIsOfAnotherType_FiresTheOthers(string kind, string type)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var bad = await scene.AddAsync(Trigger.On("hook").Per("user").Debounce(TimeSpan.FromSeconds(10)).AtMost(5, Hour).WithId("bad"));
        await scene.AddAsync(Trigger.On("hook").Per("user").Debounce(TimeSpan.FromSeconds(10)).WithId("good"));
        await scene.PublishAsync("hook", Payload("u", 1));
        var key = await KeyAsync(scene, bad, kind);
        if (kind != "throttled")
        {
            await HostileKeys.MoveAwayAsync(redis.Database, key);
        }

        await HostileKeys.WriteAsync(redis.Database, key, type);

        await scene.PassAsync(TimeSpan.FromSeconds(20));
        await scene.PassAsync(TimeSpan.FromSeconds(61));
        var meanwhile = await FiredAsync(scene);
        await HostileKeys.RemoveAsync(redis.Database, key);
        await scene.PassAsync(TimeSpan.FromSeconds(61));
        var later = await FiredAsync(scene);

        (meanwhile, later).Should().BeEquivalentTo((new[] { "good" }, new[] { "bad" }));
    }

    // What is due by time, what recurs, and what was fired by hand.
    [Theory]
    [MemberData(nameof(Timed))]
    public async Task Advance_WhenAKeyIsOfAnotherType_LosesNoFiring(string name, string type)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromSeconds(10)).Publish(new Reminder(1)).WithId("after"));
        await scene.Host.Triggers.AddAsync(
            Trigger.Every(TimeSpan.FromSeconds(30)).MaxFirings(2).OnMisfire(Misfire.FireAll(5)).Publish(new Reminder(1)).WithId("every"));
        await scene.Host.Triggers.AddAsync(
            Trigger.Cron("*/30 * * * * *").OnMisfire(Misfire.FireAll(2)).Until(scene.Clock.GetUtcNow().AddSeconds(65))
                .Publish(new Reminder(1)).WithId("cron"));
        await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromSeconds(10)).PublishRaw("else", "{}"u8.ToArray()).WithId("else"));
        await new ManualConsumer(scene.Host, "other", time: scene.Clock).SubscribeAsync("else");
        RedisKey key = $"{{{scene.Host.Prefix}:0}}:{name}";
        if (redis.IsGarnet && name == "triggers")
        {
            await HostileKeys.MoveAwayAsync(redis.Database, key);
        }

        await HostileKeys.WriteAsync(redis.Database, key, type);

        await scene.PassAsync(TimeSpan.FromSeconds(40));
        await scene.PassAsync(TimeSpan.FromSeconds(60));
        var other = (await scene.Host.Events.CountAsync("other")).Ready;
        await HostileKeys.RemoveAsync(redis.Database, key);
        await new ManualConsumer(scene.Host, time: scene.Clock).SubscribeAsync("order.reminder");
        await RepairAsync(scene);
        await scene.PassAsync(TimeSpan.FromSeconds(60));
        await new ManualConsumer(scene.Host, time: scene.Clock).SubscribeAsync("order.reminder");
        await RepairAsync(scene);

        (await FiredAsync(scene)).Should().BeEquivalentTo("after", "every", "every", "cron", "cron");
        other.Should().Be(name == "triggers" ? 0 : 1);
        (await scene.Host.Events.CountAsync("other")).Ready.Should().Be(1);
        (await scene.Host.Triggers.QueryAsync(
            new TriggerQuery { Status = TriggerStatus.Completed }).Select(static one => one.Id).ToListAsync())
            .Should()
            .BeEquivalentTo("after", "every", "cron", "else");
    }

    // Who waits for a type is known by these; watches whose key was overwritten are lost with it.
    [Theory]
    [MemberData(nameof(OfTypes))]
    public async Task Match_WhenAKeyOfATypeIsOfAnotherType_MatchesOtherTypes_AndTheseEventsLater(string name, string type)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.AddAsync(Trigger.On("hook").WithId("bad"));
        await scene.AddAsync(Trigger.On("other").WithId("good"));
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        RedisKey key = $"{{{scene.Host.Prefix}:0}}:{name}";
        if (name is "subs:hook" or "subs-meta:hook" || (redis.IsGarnet && name == "routes:hook"))
        {
            await HostileKeys.MoveAwayAsync(redis.Database, key);
        }

        await HostileKeys.WriteAsync(redis.Database, key, type);

        var add = async () => await scene.AddAsync(Trigger.On("hook").WithId("late"));
        if (!name.StartsWith("subs-removed", StringComparison.Ordinal))
        {
            await add.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{key}' holds a {type}*");
        }

        var publish = async () => await scene.PublishAsync("hook", "{}");
        if (name.StartsWith("routes", StringComparison.Ordinal))
        {
            await publish.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{key}' holds a {type}*");
        }
        else
        {
            await publish();
        }

        await scene.PublishAsync("other", "{}");
        var meanwhile = await FiredAsync(scene);
        await HostileKeys.RemoveAsync(redis.Database, key);
        await RepairAsync(scene);
        await RetryAsync(scene);
        if (name.StartsWith("routes", StringComparison.Ordinal))
        {
            await publish();
        }

        meanwhile.Should().Equal("good");
        (await FiredAsync(scene)).Should().Equal("bad");
        (await redis.Database.SetContainsAsync(keys.Routes("hook"), TriggerMatcher.Group)).Should().BeTrue();
    }

    // Each minute repair finds what has the tag, as the hashes say, where it can look through them.
    [Fact]
    public async Task Query_OfATagWhoseKeyIsOfAnotherType_NamesIt_AndFindsAllOnceItIsRemoved()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)).Tagged("x"));
        RedisKey key = $"{{{scene.Host.Prefix}:0}}:tagged:x";
        if (redis.IsGarnet)
        {
            await HostileKeys.MoveAwayAsync(redis.Database, key);
        }

        await HostileKeys.WriteAsync(redis.Database, key, "string");

        var query = async () => await scene.Host.Triggers.QueryAsync(new TriggerQuery { Tag = "x" }).ToListAsync();
        var add = async () => await scene.Host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)).Tagged("x"));
        await query.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{key}' holds a string*");
        await add.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{key}' holds a string*");
        await RepairAsync(scene);
        await HostileKeys.RemoveAsync(redis.Database, key);
        await RepairAsync(scene);

        (await query()).Should().ContainSingle();
        scene.Host.Log.Texts.Should().ContainSingle(text => text.StartsWith($"The key '{key}' holds a string ", StringComparison.Ordinal));
    }

    // A loop goes on with what it can.
    [Theory]
    [InlineData("triggers")]
    [InlineData("leased:$triggers")]
    [InlineData("done:default")]
    [InlineData("lanes")]
    public async Task ALoop_HandlesEventsWhileAKeyIsOfAnotherType(string name)
    {
        var handled = 0;
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => Count(ref handled))).Start();
        await host.AsleepAsync(new OrderPlaced(0));
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromMilliseconds(300) });

        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:{name}", "string");
        await Wait.UntilAsync(() => Volatile.Read(ref handled) == 2, "the loop goes on");

        host.Log.TextsOf("12").Concat(host.Log.TextsOf("36")).Should().BeEmpty();
    }

    private static ValueTask Count(ref int count)
    {
        Interlocked.Increment(ref count);
        return default;
    }

    private static bool Bad(string id) => id == "bad";

    private static string Payload(string user, int n) => $$"""{"n":{{n}},"user":"{{user}}"}""";

    private static async Task<IReadOnlyList<string>> FiredAsync(MatchScene scene) =>
        [.. (await scene.RaisedAsync()).Select(static one => one.Firing.TriggerId)];

    private static async Task RepairAsync(MatchScene scene)
    {
        var repair = new RepairDuty(scene.Host.Keyspace, scene.Host.Keyspace.Partitions[0], scene.Host.Logger(), ManualConsumer.Unpaced);
        do
        {
            await repair.RunOnceAsync();
        }
        while (!repair.IsThrough);
    }

    // What was tried again for as long as it was wrong is due.
    private static async Task RetryAsync(MatchScene scene)
    {
        scene.Clock.Advance(TimeSpan.FromMinutes(2));
        await scene.MatchAsync();
    }

    // What a trigger keeps of user u. Some of it is not there yet.
    private async Task<RedisKey> KeyAsync(MatchScene scene, string id, string kind) =>
        await FindAsync(scene, id, kind)
            ?? (await FindAsync(scene, id, "entries"))!.Replace(":entries:", $":{kind}:", StringComparison.Ordinal);

    private async Task<string?> FindAsync(MatchScene scene, string id, string kind)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);

        // Each node of a cluster has keys of its own.
        foreach (var server in redis.Connection.GetServers())
        {
            await foreach (var key in server.KeysAsync(pattern: $"{{{scene.Host.Prefix}:0}}:{kind}:{id}#*", pageSize: 10000))
            {
                found.Add(key.ToString());
            }
        }

        return found.SingleOrDefault();
    }
}
