using EventTriggers.Consuming.RateLimits;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.RateLimits;

/// <summary>What operators see of limits, and change of them.</summary>
public sealed class RateLimitStoreTests(RedisFixture redis)
{
    private static readonly TimeSpan Hour = RateLimitScene.Hour;

    [Fact]
    public async Task List_SaysWhatIsUsed_ByWhom_AndWhenTheNextMayBegin()
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        var store = StoreOf(scene);
        (await store.ListAsync()).Limits.Should().BeEmpty("no process has asked");

        await scene.Taker.TakeAsync(2);

        var limit = (await store.ListAsync()).Limits.Should().ContainSingle().Subject;
        limit.Should().BeEquivalentTo(new RateLimitRecord
        {
            Name = "hourly", Groups = ["default"], Used = 2,
            Limit = new LimitOptions { Count = 1, Per = Hour, Burst = 3 },
            Configured = new LimitOptions { Count = 1, Per = Hour, Burst = 3 },
        });

        await scene.Taker.TakeAsync(2);
        scene.Clock.Advance(Hour / 4);
        limit = (await store.ListAsync("default")).Limits.Single();
        (limit.Used, limit.NextAt).Should().Be((2.75, Begin.AddHours(1)), "one of three runs out in an hour");
        (await store.ListAsync("other")).Limits.Should().BeEmpty();
    }

    [Fact]
    public async Task List_SaysUntilWhenALimitStandsStill()
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        await scene.Taker.TakeAsync(1);
        await scene.Host.Keyspace.Scripts.RunAsync(new StandStillRequest
        {
            Limit = Limit("hourly", 3), Home = scene.Partition, Now = scene.Host.Keyspace.PinnedNow, Duration = TimeSpan.FromMinutes(5),
        });

        var limit = (await StoreOf(scene).ListAsync()).Limits.Single();

        (limit.StandsStillUntil, limit.NextAt).Should().Be((Begin.AddMinutes(5), Begin.AddMinutes(5)));
    }

    [Fact]
    public async Task Set_HoldsForEveryProcess_UntilReset()
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        var store = StoreOf(scene);
        (await scene.Taker.TakeAsync(10)).Grants!.Left.Should().Be(3);

        (await store.SetAsync("hourly", new LimitOptions { Count = 10, Per = Hour, Burst = 8 }, by: "ann")).Should().Be(ChangeOutcome.Done);

        (await scene.Taker.TakeAsync(10)).Grants!.Left.Should().Be(5, "eight may be outstanding, and three are");
        var (grants, wait) = await scene.Taker.TakeAsync(10);
        (grants, wait).Should().Be((null, Hour / 10), "ten an hour");
        (await store.ListAsync()).Limits.Single().Should().BeEquivalentTo(new RateLimitRecord
        {
            Name = "hourly", Groups = ["default"], Used = 8, NextAt = Begin.AddMinutes(6), SetAt = Begin, SetBy = "ann",
            Limit = new LimitOptions { Count = 10, Per = Hour, Burst = 8 },
            Configured = new LimitOptions { Count = 1, Per = Hour, Burst = 3 },
        });

        (await store.ResetAsync("hourly")).Should().Be(ChangeOutcome.Done);
        (await scene.Taker.TakeAsync(10)).Grants.Should().BeNull("three may be outstanding again, and no more than three are");
        scene.Clock.Advance(Hour);
        (await scene.Taker.TakeAsync(10)).Grants!.Left.Should().Be(1);
        (await store.ListAsync()).Limits.Single().SetAt.Should().BeNull();
    }

    [Fact]
    public async Task Set_CountsForWhatIsGivenBack_AndForAStandstill()
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        var store = StoreOf(scene);
        await scene.Taker.TakeAsync(1);
        await store.SetAsync("hourly", new LimitOptions { Count = 60, Per = Hour, Burst = 60 });
        var grants = (await scene.Taker.TakeAsync(59)).Grants!;
        scene.Clock.Advance(TimeSpan.FromMinutes(30));

        // In half an hour 30 of 60 run out, and 30 of those that are given back have, too.
        grants.Return(59);

        await scene.OutstandingIsAsync(1);
        await scene.Host.Keyspace.Scripts.RunAsync(new StandStillRequest
        {
            Limit = Limit("hourly", 3), Home = scene.Partition, Now = scene.Host.Keyspace.PinnedNow, Duration = TimeSpan.FromMinutes(5),
        });
        (await scene.OutstandingAsync()).Should().Be(59, "afterwards it grants one, and not a burst of sixty");
    }

    [Fact]
    public async Task ALimitOfAGroup_IsNamedByIt_AndGoesWithIt()
    {
        await using var scene = new RateLimitScene(redis);
        var taker = new GrantTaker(
            scene.Host.Keyspace, "mail", [Limit("$group:mail", 3), Limit("smtp", 3)], scene.Clock);
        await taker.TakeAsync(1);
        await scene.Taker.TakeAsync(1);
        var store = StoreOf(scene);
        (await store.SetAsync("$group:mail", new LimitOptions { Count = 2 })).Should().Be(ChangeOutcome.Done);
        (await store.ListAsync("mail")).Limits.Select(static one => one.Name).Should().Equal("$group:mail", "smtp");
        (await store.ListAsync("mail")).Limits[0].Limit.Should().BeEquivalentTo(
            new LimitOptions { Count = 2, Per = TimeSpan.FromSeconds(1), Burst = 1 }, "that is the default burst");

        await new ManualConsumer(scene.Host, "mail", time: scene.Clock).SubscribeAsync("order.placed");
        await scene.Host.Services.GetRequiredService<IGroupStore>().RemoveAsync("mail", force: true);

        (await store.ListAsync()).Limits.Select(static one => one.Name).Should().Equal("hourly");
    }

    [Fact]
    public async Task ALimitThatNobodyHasAsked_IsNotFound_AndNotWritten()
    {
        await using var scene = new RateLimitScene(redis);
        var store = StoreOf(scene);

        (await store.SetAsync("hourly", new LimitOptions { Count = 2 })).Should().Be(ChangeOutcome.NotFound);
        (await store.ResetAsync("hourly")).Should().Be(ChangeOutcome.NotFound);

        (await redis.Database.KeyExistsAsync(scene.Partition.Keys.RateLimits)).Should().BeFalse();
    }

    [Theory]
    [InlineData("a b", 1, 1000, null, "*name of a limit*'a b'*")]
    [InlineData("$group:", 1, 1000, null, "*group*empty*")]
    [InlineData("$other:a", 1, 1000, null, "*'$other:a'*")]
    [InlineData("a", 0, 1000, null, "The Count of a limit must be 1 to 1000000, but is 0.*")]
    [InlineData("a", 1_000_001, 1000, null, "The Count of a limit must be 1 to 1000000, but is 1000001.*")]
    [InlineData("a", 1, 0, null, "The Per of a limit must be 00:00:00.0010000 to 30.00:00:00, but is 00:00:00.*")]
    [InlineData("a", 1, 2_592_000_001, null, "The Per of a limit must be *, but is 30.00:00:00.0010000.*")]
    [InlineData("a", 1, 1000, 0, "The Burst of a limit must be 1 to 10000, but is 0.*")]
    [InlineData("a", 1, 1000, 10_001, "The Burst of a limit must be 1 to 10000, but is 10001.*")]
    public async Task Set_RefusesWhatIsNotALimit(string name, int count, long per, int? burst, string message)
    {
        await using var scene = new RateLimitScene(redis);

        var set = async () => await StoreOf(scene).SetAsync(
            name, new LimitOptions { Count = count, Per = TimeSpan.FromMilliseconds(per), Burst = burst });

        await set.Should().ThrowAsync<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public async Task ForeignKeys_AreRefused_AndStopNoGrants()
    {
        await using var scene = new RateLimitScene(redis);
        await redis.Database.StringSetAsync(scene.Partition.Keys.RateLimits, "x");

        var set = async () => await StoreOf(scene).SetAsync("hourly", new LimitOptions { Count = 2 });

        await set.Should().ThrowAsync<InvalidOperationException>().WithMessage("*holds a string*");
        (await scene.Taker.TakeAsync(1)).Grants!.Left.Should().Be(1);
        (await StoreOf(scene).ListAsync()).Limits.Should().BeEmpty();
    }

    [Fact]
    public async Task NumbersThatNobodyCanRead_AreIgnored()
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        await scene.Taker.TakeAsync(1);
        foreach (var text in new[] { "x", "0 1 1", "1 2", "-1 2 3", "1e3 2 3" })
        {
            await redis.Database.HashSetAsync(scene.Partition.Keys.RateLimits, "hourly", text);

            (await scene.Taker.TakeAsync(1)).Wait.Should().BeLessThanOrEqualTo(Hour);
            (await StoreOf(scene).ListAsync()).Limits.Single().Limit.Count.Should().Be(1, text);
        }
    }

    [Fact]
    public async Task Explain_SaysThatALimitGrantsNothing()
    {
        await using var scene = new RateLimitScene(redis, burst: 1);
        await new ManualConsumer(scene.Host, time: scene.Clock).SubscribeAsync("order.placed");
        var id = (await scene.Host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        (await scene.Host.Events.ExplainAsync(id)).Single().Reason.Should().Be(DeliveryReason.Claimable);

        await scene.Taker.TakeAsync(1);

        var why = (await scene.Host.Events.ExplainAsync(id)).Single();
        (why.Reason, why.Until).Should().Be((DeliveryReason.RateLimited, Begin.AddHours(1)));
        scene.Clock.Advance(Hour);
        (await scene.Host.Events.ExplainAsync(id)).Single().Reason.Should().Be(DeliveryReason.Claimable);
    }

    [Fact]
    public async Task NextAt_OfALimitThatStandsStill_IsWhenTheNextBegins()
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        await scene.Taker.TakeAsync(3);
        await scene.Host.Keyspace.Scripts.RunAsync(new StandStillRequest
        {
            Limit = Limit("hourly", 3), Home = scene.Partition,
            Now = scene.Host.Keyspace.PinnedNow, Duration = TimeSpan.FromMinutes(90),
        });
        var (_, wait) = await scene.Taker.TakeAsync(1);

        var limit = (await StoreOf(scene).ListAsync()).Limits.Single();

        limit.NextAt.Should().Be(Begin + wait, "take_grants says so");
    }

    [Fact]
    public async Task ALowerLimit_ThatAnOperatorSets_DoesNotStopTheGroupForHours()
    {
        await using var scene = new RateLimitScene(redis);
        var taker = new GrantTaker(
            scene.Host.Keyspace, "default", [new RateLimit("api", "api", 100, TimeSpan.FromSeconds(1), 1000)], scene.Clock);
        (await taker.TakeAsync(1000)).Grants!.Left.Should().Be(1000);
        await StoreOf(scene).SetAsync("api", new LimitOptions { Count = 1, Per = TimeSpan.FromMinutes(1), Burst = 1 });

        var (_, wait) = await taker.TakeAsync(1);

        wait.Should().BeLessThanOrEqualTo(TimeSpan.FromMinutes(2), "one a minute was asked for");
    }

    [Fact]
    public async Task ARaisedLimit_ThatIsResetAgain_DoesNotStopTheGroupForMonths()
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        await scene.Taker.TakeAsync(1);
        var store = StoreOf(scene);
        await store.SetAsync("hourly", new LimitOptions { Count = 10_000, Per = TimeSpan.FromSeconds(1), Burst = 10_000 });
        (await scene.Taker.TakeAsync(10_000)).Grants.Should().NotBeNull();
        await store.ResetAsync("hourly");

        var next = (await store.ListAsync()).Limits.Single().NextAt - Begin;

        next.Should().BeLessThanOrEqualTo(TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData("1 1000000 1")]
    [InlineData("99999999999 1000000 1 0 ann")]
    [InlineData("1 1000000 1 x ann")]
    public async Task NumbersThatSomethingElseHasWritten_EndNoListing(string text)
    {
        await using var scene = new RateLimitScene(redis, burst: 3);
        await scene.Taker.TakeAsync(1);
        await redis.Database.HashSetAsync(scene.Partition.Keys.RateLimits, "hourly", text);

        var limit = (await StoreOf(scene).ListAsync()).Limits.Single();

        limit.Limit.Count.Should().BePositive();
    }

    private static DateTimeOffset Begin => Clock.At2030().GetUtcNow();

    private static IRateLimitStore StoreOf(RateLimitScene scene) => scene.Host.Services.GetRequiredService<IRateLimitStore>();

    private static RateLimit Limit(string name, int burst) => new(name, name, 1, Hour, burst);
}
