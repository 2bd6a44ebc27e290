using EventTriggers.Tests.Redis;

namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>What is said where another program has written into keys, and that explaining never writes.</summary>
public sealed class ExplainDamageTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // What note_foreign() would write is not reached: the types of keys are looked at first.
    private static readonly string[] Reading =
    [
        "EXISTS", "GET", "HGET", "HMGET", "PFCOUNT", "TIME", "TYPE", "ZCARD", "ZCOUNT", "ZRANGE", "ZSCORE", "ZADD",
    ];

    public static TheoryData<string, string> Fields => new()
    {
        { "pattern", "{" }, { "over", "often 1 2 3" }, { "over", "count x 60000 0" }, { "per", "user" }, { "distinct", "x /a" },
        { "throttle", "1" }, { "status", "asleep" }, { "type", "a b" }, { "fired", "x" }, { "times", "1e3" }, { "until", "soon" },
    };

    public static TheoryData<string, string> Keys => HostileKeys.Cases(
        ("entries", "zset"), ("answers", "zset"), ("details", "hash"), ("throttled", "zset"), ("triggers", "zset"));

    [Theory]
    [Trait("Fault", "152")]
    [MemberData(nameof(Fields))]
    public async Task ATriggerWhoseHashWasDamaged_IsUnreadable(string field, string value)
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Matching("""{"user":["ann"]}""").Per("user").Count(2).Within(Minute).MaxFirings(3));
        var other = await scene.AddAsync(Trigger.On("in"));
        var source = await scene.PublishAsync("in", """{"user":"ann"}""");
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Trigger(id), field, value);

        var explanation = await scene.ExplainAsync(id, source);

        explanation.Verdict.Should().Be(TriggerVerdict.Unreadable);
        explanation.Reason.Should().NotBeEmpty();
        (await scene.VerdictAsync(other, source)).Should().Be(TriggerVerdict.WouldFire);
        await scene.Scene.MatchAsync();
        (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.Unreadable);
        (await scene.VerdictAsync(other, source)).Should().Be(TriggerVerdict.Fired);
    }

    [Theory]
    [Trait("Fault", "152")]
    [MemberData(nameof(Keys))]
    public async Task ATriggerWhoseKeyHoldsSomethingElse_IsUnreadable(string name, string type)
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").NotFollowedBy("next").Within(Minute).AtMost(2, Minute));
        var source = await scene.PublishAsync("in", "{}");
        var kept = await scene.Scene.KeptAsync(id);
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var key = name == "triggers" ? keys.Triggers : kept.Single(key => key.ToString().Contains($":{name}:", StringComparison.Ordinal));
        await HostileKeys.WriteAsync(redis.Database, key, type);

        (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.Unreadable);
    }

    [Theory]
    [Trait("Fault", "152")]
    [InlineData("string")]
    [InlineData("zset")]
    public async Task AKeyThatHoldsNoHash_IsUnreadable(string type)
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in"));
        var (source, damaged) = (await scene.PublishAsync("in", "{}"), await scene.PublishAsync("in", "{}"));
        var keys = scene.Host.Keyspace.Partitions[0].Keys;

        await HostileKeys.WriteAsync(redis.Database, keys.Event(damaged), type);
        (await scene.VerdictAsync(id, damaged)).Should().Be(TriggerVerdict.OtherType, "it is not known what it was");
        await HostileKeys.WriteAsync(redis.Database, keys.Trigger(id), type);
        (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.Unreadable);
        (await scene.ExplainTypeAsync("in", "{}")).Triggers.Single().Verdict.Should().Be(TriggerVerdict.Unreadable);
    }

    [Theory]
    [InlineData("data", "{\"a\":")]
    [InlineData("subs", "7")]
    [InlineData("depth", "1:x")]
    [InlineData("at", "now")]
    public async Task AnEventThatCannotBeRead_SaysSo_AndIsADeadLetter(string field, string value)
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Matching("""{"a":[1]}"""));
        var source = await scene.PublishAsync("in", """{"a":1}""");
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Event(source), field, value);

        (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.EventUnreadable);
        await scene.Scene.MatchAsync();

        var after = await scene.ExplainAsync(id, source);
        (after.Verdict, after.Matching!.Status).Should().Be((TriggerVerdict.EventUnreadable, DeliveryStatus.Dead));
    }

    // Another trigger's fault; the reason is that of the delivery.
    [Fact]
    public async Task AnEventWhoseMatchingFailed_IsADeadLetter()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in"));
        var source = await scene.PublishAsync("in", "{}");
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        await redis.Database.HashSetAsync(keys.Event(source), "data", "{");
        await scene.Scene.MatchAsync();
        await redis.Database.HashSetAsync(keys.Event(source), "data", "{}");

        (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.DeadLetter);
    }

    [Fact]
    public async Task ATriggerThatWasAddedHalfway_IsNotSubscribed()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("in"));
        var id = await scene.AddAsync(Trigger.On("in"));
        var source = await scene.PublishAsync("in", "{}");
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var members = await redis.Database.SortedSetRangeByRankAsync(keys.Subscriptions("in"));
        await redis.Database.SortedSetRemoveAsync(
            keys.Subscriptions("in"), members.Single(member => member.ToString().StartsWith($"{id}#", StringComparison.Ordinal)));

        var explanation = await scene.ExplainAsync(id, source);

        (explanation.Verdict, explanation.SubscriptionNumber).Should().Be((TriggerVerdict.NotSubscribed, null));
    }

    [Fact]
    public async Task SubscriptionsThatCannotBeRead_AreReported()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in"));
        var source = await scene.PublishAsync("in", "{}");
        await HostileKeys.WriteAsync(redis.Database, scene.Host.Keyspace.Partitions[0].Keys.Subscriptions("in"), "list");

        await scene.Host.Invoking(host => host.Triggers.ExplainAsync(id, source).AsTask()).Should()
            .ThrowAsync<InvalidOperationException>().WithMessage("*subs:in*");
        await scene.Host.Invoking(static host => host.Triggers.ExplainAsync("in", "{}"u8.ToArray()).AsTask()).Should()
            .ThrowAsync<InvalidOperationException>().WithMessage("*'in'*");
    }

    [Fact]
    public void TheScript_RunsCommandsThatRead()
    {
        var script = ScriptTests.All().Single(static one => one.Name == "explain");

        ScriptTests.CommandsOf([script]).Should().BeSubsetOf(Reading);
        script.Text.Split("'ZADD'").Should().HaveCount(2, "of keys that hold something else, note_foreign() keeps a note");
    }
}
