using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.RateLimits;

/// <summary>The limit of keys changes while deliveries wait, or the clock of the server does.</summary>
public sealed class KeyLimitChangeTests(RedisFixture redis)
{
    // A key does not wait for a moment that the limit does not ask for any more.
    [Fact]
    public async Task AHigherLimit_AppliesAtOnce()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(4);
        await scene.ClaimAsync();

        await scene.SubscribeAsync(scene.Consumer.Mode with { Limit = new KeyLimit(10, 10_000_000, 2) });

        (await scene.ClaimAsync()).Should().Equal(ids[1]);
        scene.NextInMs.Should().Be(1000);
        await scene.PassAsync(1);
        (await scene.ClaimAsync()).Should().Equal(ids[2]);
    }

    [Fact]
    public async Task ALowerLimit_AppliesAtOnce_AndAKeyWaitsNoLongerThanItSays()
    {
        await using var scene = new KeyLimitScene(redis, count: 10, burst: 10);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(12);
        (await scene.ClaimAsync()).Should().HaveCount(10);

        await scene.SubscribeAsync(scene.Consumer.Mode with { Limit = new KeyLimit(1, 10_000_000, 1) });
        await scene.PassAsync(1);
        (await scene.ClaimAsync()).Should().BeEmpty();
        scene.NextInMs.Should().BeInRange(1, 10_000);
        await scene.PassAsync(10);

        (await scene.ClaimAsync()).Should().Equal(ids[10]);
        scene.NextInMs.Should().Be(10_000);
    }

    // A host of another version, in a rolling deployment, ends no limit that others ask for.
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task ALimitThatNoHostAsksForAnyMore_Ends_AndWhatWaitsGoesOn(int? places)
    {
        await using var scene = new KeyLimitScene(redis, places: places);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(5);
        await scene.HandleAsync();
        var mode = places is null ? default : new KeyMode(1, HoldsDead: false, 0);

        await scene.SubscribeAsync(mode);
        (await scene.ClaimAsync()).Should().BeEmpty("a host asked for it just now");
        await scene.PassAsync(3 * 3600);
        await scene.SubscribeAsync(mode);

        var handled = new List<string>();
        for (var got = await scene.HandleAsync(); got.Count > 0; got = await scene.HandleAsync())
        {
            handled.AddRange(got);
        }

        handled.Should().Equal(ids.Skip(1));
        (await redis.Database.KeyExistsAsync(scene.Key("limited:default"))).Should().BeFalse();
        (await redis.Database.HashExistsAsync(scene.Key("settings:default"), "key-limit")).Should().BeFalse();
    }

    // Keys have waited without the limit already.
    [Fact]
    public async Task ALimitForAGroupThatOrders_LetsWhatWaitsGoOn()
    {
        await using var scene = new KeyLimitScene(redis, places: 1);
        var limited = scene.Consumer.Mode;
        await scene.SubscribeAsync(new KeyMode(1, HoldsDead: false, 0));
        var ids = await scene.PublishAsync(3);
        var first = await scene.Consumer.ClaimOneAsync();

        await scene.SubscribeAsync(limited);
        await scene.Consumer.SettleAsync(first, Outcome.Done);

        (await scene.HandleAsync()).Should().Equal(ids[1]);
        (await scene.HandleAsync()).Should().BeEmpty();
        await scene.PassAsync(10);
        (await scene.HandleAsync()).Should().Equal(ids[2]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [Trait("Fault", "168")]
    public async Task AClockThatGoesBackADay_GivesNothing_AndStopsAKeyNoLongerThanTheLimitSays(int? places)
    {
        await using var before = new KeyLimitScene(redis, places: places);
        before.Clock.Advance(TimeSpan.FromDays(1));
        await before.SubscribeAsync();
        var ids = await before.PublishAsync(3);
        (await before.HandleAsync()).Should().Equal(ids[0]);
        (await before.HandleAsync()).Should().BeEmpty();

        await using var after = new KeyLimitScene(redis, places: places, prefix: before.Host.Prefix);
        await after.SubscribeAsync();
        (await after.HandleAsync()).Should().BeEmpty();
        after.NextInMs.Should().BeInRange(1, 10_000);
        await after.PassAsync(10);

        (await after.HandleAsync()).Should().Equal(ids[1]);
        after.NextInMs.Should().Be(10_000);
    }

    [Fact]
    public async Task AClockThatGoesAheadADay_GivesABurst()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 2);
        await scene.SubscribeAsync();
        await scene.PublishAsync(9);
        (await scene.ClaimAsync()).Should().HaveCount(2);

        await scene.PassAsync(86_400);

        (await scene.ClaimAsync()).Should().HaveCount(2);
        scene.NextInMs.Should().Be(10_000);
    }
}
