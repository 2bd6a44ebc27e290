using EventTriggers.Consuming;

namespace EventTriggers.Tests.RateLimits;

/// <summary>A limit by key whose numbers an operator sets. What may begin is counted by hand, by a clock that stands still.</summary>
public sealed class KeyLimitSetTests(RedisFixture redis)
{
    private const string Name = "$key:default";
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    private static DateTimeOffset Begin => Clock.At2030().GetUtcNow();

    [Fact]
    public async Task WhatIsSet_HoldsForWhatWaits_AndIsListed_UntilItIsReset()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(6);
        (await scene.ClaimAsync()).Should().Equal(ids[0]);
        (await scene.ClaimAsync()).Should().BeEmpty();
        (await StoreOf(scene).ListAsync()).Limits.Should().ContainSingle().Which.Should().BeEquivalentTo(new RateLimitRecord
        {
            Name = Name, Groups = ["default"], Limit = Limit(1, 1), Configured = Limit(1, 1),
        });

        (await StoreOf(scene).SetAsync(Name, Limit(2, 4), by: "ann lee")).Should().Be(ChangeOutcome.Done);

        (await scene.ClaimAsync()).Should().Equal(ids.Skip(1).Take(3), "four may be outstanding, and one is");
        (await StoreOf(scene).ListAsync("default")).Limits.Should().ContainSingle().Which.Should().BeEquivalentTo(new RateLimitRecord
        {
            Name = Name, Groups = ["default"], Limit = Limit(2, 4), Configured = Limit(1, 1), SetAt = Begin, SetBy = "ann lee",
        });
        (await StoreOf(scene).ListAsync("other")).Limits.Should().BeEmpty();
        await scene.PassAsync(5);
        (await scene.ClaimAsync()).Should().Equal([ids[4]], "two in ten seconds");

        (await StoreOf(scene).ResetAsync(Name)).Should().Be(ChangeOutcome.Done);
        (await scene.ClaimAsync()).Should().BeEmpty();
        await scene.PassAsync(10);
        (await scene.ClaimAsync()).Should().Equal([ids[5]], "one in ten seconds again");
        (await StoreOf(scene).ListAsync()).Limits.Single().SetAt.Should().BeNull();
        (await FieldsAsync(scene)).Should().Contain("key-limit").And.NotContain(["key-limit-set", "key-limit-told"]);
    }

    [Fact]
    public async Task HostsThatStartWithOtherNumbers_ObeyWhatIsSet_AndTheirsHoldAfterTheReset()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(6);
        await StoreOf(scene).SetAsync(Name, Limit(1, 2));
        (await scene.ClaimAsync()).Should().Equal(ids[0], ids[1]);

        await scene.SubscribeAsync(scene.Consumer.Mode with { Limit = new KeyLimit(9, 10_000_000, 9) });
        (await scene.ClaimAsync()).Should().BeEmpty();
        await StoreOf(scene).SetAsync(Name, Limit(1, 3));
        (await scene.ClaimAsync()).Should().Equal([ids[2]], "three may be outstanding");
        (await StoreOf(scene).ListAsync()).Limits.Single().Configured.Should().BeEquivalentTo(Limit(9, 9));

        await StoreOf(scene).ResetAsync(Name);

        (await scene.ClaimAsync()).Should().Equal(ids.Skip(3), "nine may be outstanding");
    }

    [Fact]
    public async Task ALimitThatEnds_TakesWhatIsSetWithIt()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(3);
        await StoreOf(scene).SetAsync(Name, new LimitOptions { Count = 1, Per = TimeSpan.FromDays(2), Burst = 1 });
        (await scene.ClaimAsync()).Should().Equal(ids[0]);

        // While some host may still ask for it, it holds.
        await scene.SubscribeAsync(new KeyMode(0, false, 0));
        await scene.PassAsync(60);
        (await scene.ClaimAsync()).Should().BeEmpty();
        (await StoreOf(scene).ListAsync()).Limits.Should().ContainSingle();
        await scene.PassAsync(2 * 3600);
        await scene.SubscribeAsync(new KeyMode(0, false, 0));

        (await StoreOf(scene).ListAsync()).Limits.Should().BeEmpty();
        (await scene.ClaimAsync()).Should().Equal(ids.Skip(1));
        await scene.ClaimAsync();
        (await FieldsAsync(scene)).Should().BeEmpty();
        (await StoreOf(scene).SetAsync(Name, Limit(1, 1))).Should().Be(ChangeOutcome.NotFound);
    }

    [Fact]
    public async Task ALimitThatEnds_InAGroupThatGoesOnToOrder_DoesNotComeBackWithWhatWasSet()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1, places: 1);
        await scene.SubscribeAsync();
        var mode = scene.Consumer.Mode;
        await StoreOf(scene).SetAsync(Name, Limit(3, 4));
        await scene.PassAsync(2 * 3600);
        await scene.SubscribeAsync(mode with { Limit = null });
        (await FieldsAsync(scene)).Should().Contain("places").And.NotContain(["key-limit-set", "key-limit-told"]);

        await scene.SubscribeAsync(mode);

        (await StoreOf(scene).ListAsync()).Limits.Single().Should().BeEquivalentTo(new RateLimitRecord
        {
            Name = Name, Groups = ["default"], Limit = Limit(1, 1), Configured = Limit(1, 1),
        });
    }

    [Fact]
    public async Task AGroupWithoutALimitByKey_IsNotFound_AndNothingIsWritten()
    {
        await using var host = TestHost.Create(redis, time: Clock.At2030());
        var ordered = new ManualConsumer(host, "ordered", time: Clock.At2030()) { Mode = new KeyMode(1, false, 0) };
        await ordered.SubscribeAsync("order.placed");
        var store = host.Services.GetRequiredService<IRateLimitStore>();
        var before = await redis.Database.HashKeysAsync($"{{{host.Prefix}:0}}:settings:ordered");

        foreach (var name in (string[])["$key:ordered", "$key:nowhere"])
        {
            (await store.SetAsync(name, Limit(1, 1))).Should().Be(ChangeOutcome.NotFound);
            (await store.ResetAsync(name)).Should().Be(ChangeOutcome.NotFound);
        }

        (await store.ListAsync()).Limits.Should().BeEmpty();
        (await redis.Database.HashKeysAsync($"{{{host.Prefix}:0}}:settings:ordered")).Should().BeEquivalentTo(before);
        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:settings:nowhere")).Should().BeFalse();
        await store.Invoking(static one => one.SetAsync("$key:a b", Limit(1, 1)).AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    // Nothing polls: the change itself wakes a consumer, in each partition.
    [Fact]
    public async Task RunningProcesses_ObeyAtOnce_InEachPartition()
    {
        var handled = 0;
        await using var host = TestHost.Create(
            redis,
            build => build.AddGroup("mail", group => group.LimitPerKey(1, TimeSpan.FromDays(1)).AddHandler<OrderPlaced>((_, _) =>
            {
                Interlocked.Increment(ref handled);
                return default;
            })),
            static options => options.Partitions = 2).Start();
        string[] keys = ["a", "b", "c", "d", "e", "f"];
        foreach (var key in keys)
        {
            await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2), new OrderPlaced(3)], new PublishOptions { Key = key });
        }

        keys.Select(key => host.Keyspace.PartitionOf($"{key}/1").Index).Distinct().Should().HaveCount(2, "both partitions have keys");
        await Wait.UntilAsync(
            async () => Volatile.Read(ref handled) == 6 && (await host.Events.CountAsync("mail")).Waiting == 12, "one of each key begins");
        var store = host.Services.GetRequiredService<IRateLimitStore>();

        await store.SetAsync("$key:mail", new LimitOptions { Count = 1, Per = TimeSpan.FromDays(1), Burst = 2 }, "ann");

        await Wait.UntilAsync(() => Volatile.Read(ref handled) == 12, "two of each key have begun");
        var limit = (await store.ListAsync()).Limits.Should().ContainSingle().Subject;
        (limit.Name, limit.IsByKey, limit.Limit.Burst, limit.SetBy).Should().Be(("$key:mail", true, 2, "ann"));
    }

    // It was away when hosts asked for the limit, or has lost its data.
    [Fact]
    public async Task APartitionThatDoesNotKnowTheLimit_KeepsWhatIsSet_ForTheNextHost()
    {
        await using var host = TestHost.Create(redis, configure: static options =>
        {
            options.Partitions = 2;
            options.Groups[options.Group] = new GroupOptions { LimitPerKey = Limit(1, 1) };
        });
        await new ManualConsumer(host, partition: 0).SubscribeAsync("order.placed");
        var other = $"{{{host.Prefix}:1}}:settings:default";

        var outcome = await host.Services.GetRequiredService<IRateLimitStore>().SetAsync(Name, Limit(3, 3));
        (await redis.Database.HashGetAsync(other, "key-limit")).IsNull.Should().BeTrue();
        await new ManualConsumer(host, partition: 1).SubscribeAsync("order.placed");

        outcome.Should().Be(ChangeOutcome.Done);
        (await redis.Database.HashGetAsync(other, "key-limit")).ToString().Should().Be("3 10000000 3");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1 2")]
    [InlineData("0 10000000 1 0 ann")]
    [InlineData("1 10000000 5 99999999999999999999 ann")]
    [InlineData("1 9999999999999999999999 1 5 ann")]
    [InlineData("3000000000 10000000 5 1 ann")]
    [InlineData("01 10000000 5 1 ann")]
    public async Task WhatSomethingElseHasWritten_EndsNoListing_AndNoClaim(string text)
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1);
        await scene.SubscribeAsync();
        await redis.Database.HashSetAsync(
            scene.Key("settings:default"), [new("key-limit-set", text), new("key-limit-told", "y")]);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(2);

        (await scene.ClaimAsync()).Should().Equal(ids[0]);
        (await StoreOf(scene).ListAsync()).Limits.Should().ContainSingle(static limit => limit.Limit.Count == 1 && limit.SetAt == null);
        (await StoreOf(scene).SetAsync(Name, Limit(1, 2))).Should().Be(ChangeOutcome.Done);
        (await scene.ClaimAsync()).Should().Equal(ids[1]);
    }

    [Fact]
    public async Task SettingsThatHoldSomethingElse_AreNotOverwritten()
    {
        await using var scene = new KeyLimitScene(redis);
        await redis.Database.StringSetAsync(scene.Key("settings:default"), "what");

        await StoreOf(scene).Invoking(static store => store.SetAsync(Name, Limit(1, 1)).AsTask()).Should()
            .ThrowAsync<InvalidOperationException>().WithMessage("*holds a string*");

        (await redis.Database.StringGetAsync(scene.Key("settings:default"))).ToString().Should().Be("what");
    }

    private static LimitOptions Limit(int count, int burst) => new() { Count = count, Per = Span, Burst = burst };

    private static IRateLimitStore StoreOf(KeyLimitScene scene) => scene.Host.Services.GetRequiredService<IRateLimitStore>();

    private async Task<IReadOnlyList<string>> FieldsAsync(KeyLimitScene scene) =>
        [.. (await redis.Database.HashKeysAsync(scene.Key("settings:default"))).Select(static field => field.ToString())];
}
