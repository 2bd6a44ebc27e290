using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.RateLimits;

/// <summary>A group that limits how many deliveries of a key begin: what a claim gets, and when it is worth another.</summary>
public sealed class KeyLimitTests(RedisFixture redis)
{
    [Fact]
    public async Task AKeyThatMustWait_HoldsUpNoOther_AndTheClaimSaysWhenItGoesOn()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 2);
        await scene.SubscribeAsync();
        var (a, b, none) = (await scene.PublishAsync(5), await scene.PublishAsync(1, "b"), await scene.PublishAsync(3, key: null));

        (await scene.ClaimAsync()).Should().Equal([.. a.Take(2), .. b, .. none]);
        scene.NextInMs.Should().Be(10_000);
        await scene.PassAsync(9.999);
        (await scene.ClaimAsync()).Should().BeEmpty();
        scene.NextInMs.Should().Be(1);
        await scene.PassAsync(0.001);
        (await scene.ClaimAsync()).Should().Equal(a[2]);
        await scene.PassAsync(60);

        (await scene.ClaimAsync()).Should().Equal(a[3], a[4]);
        scene.NextInMs.Should().Be(-1, "nothing waits");
    }

    // There may be very many keys.
    [Fact]
    public async Task WhatALimitHasGranted_IsForgotten_AMinuteAfterItHasRunOut()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 2);
        await scene.SubscribeAsync();
        await scene.PublishAsync(2);

        await scene.ClaimAsync();

        var left = await redis.Database.KeyTimeToLiveAsync(scene.Key("limit:$key:default:a"));
        left.Should().BeCloseTo(TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(15));
        (await redis.Database.KeyExistsAsync(scene.Key("active:default"))).Should().BeFalse("what is leased has no place");
    }

    [Fact]
    public async Task InOrder_WhatWaitsForTheLimit_BeginsInOrder_AlsoAfterARetry()
    {
        await using var scene = new KeyLimitScene(redis, places: 1);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(3);
        var first = await scene.Consumer.ClaimOneAsync();
        await scene.Consumer.SettleAsync(new Settlement(first, Outcome.Retry) { Delay = TimeSpan.FromSeconds(2) });
        await scene.PassAsync(2);

        (await scene.ClaimAsync()).Should().BeEmpty("its retry counts as well");
        scene.NextInMs.Should().Be(8000);
        var order = new List<string>();
        for (var n = 0; n < 3; n++)
        {
            await scene.PassAsync(n == 0 ? 8 : 10);
            order.AddRange(await scene.HandleAsync());
        }

        order.Should().Equal(ids);
    }

    // No claim looks at it before.
    [Fact]
    public async Task WhileAKeyWaitsForItsLimit_NothingOfItIsReady()
    {
        await using var scene = new KeyLimitScene(redis, places: 1);
        await scene.SubscribeAsync();
        await scene.PublishAsync(3);
        (await scene.HandleAsync()).Should().ContainSingle();
        (await scene.HandleAsync()).Should().BeEmpty();
        await scene.PassAsync(10);

        (await scene.HandleAsync()).Should().ContainSingle();

        (await redis.Database.ListLengthAsync(scene.Key("ready:default"))).Should().Be(0);
        (await redis.Database.ListLengthAsync(scene.Key("backlog:default:a"))).Should().Be(1);
    }

    // Of more places than the limit allows starts, only so many are given.
    [Fact]
    public async Task WithPlacesLeft_DeliveriesBeginInTheOrderInWhichTheyBecameReady()
    {
        await using var scene = new KeyLimitScene(redis, places: 3);
        await scene.SubscribeAsync();
        var (ids, order) = (await scene.PublishAsync(6), new List<string>());
        for (var n = 0; n < 6; n++)
        {
            order.AddRange(await scene.HandleAsync());
            (await scene.HandleAsync()).Should().BeEmpty();
            await scene.PassAsync(10);
        }

        order.Should().Equal(ids);
    }

    // The limit allows more; the places do not.
    [Fact]
    public async Task PlacesAndLimit_AreBothKept()
    {
        await using var scene = new KeyLimitScene(redis, count: 10, burst: 3, places: 2);
        await scene.SubscribeAsync();
        await scene.PublishAsync(6);

        var leases = await scene.Consumer.ClaimAllAsync();
        leases.Should().HaveCount(2);
        await scene.Consumer.SettleAsync([.. leases.Select(static lease => new Settlement(lease, Outcome.Done))]);
        (await scene.ClaimAsync()).Should().ContainSingle("the third of the burst");
        scene.NextInMs.Should().Be(1000);
        await scene.PassAsync(1);

        (await scene.ClaimAsync()).Should().ContainSingle();
        await scene.PassAsync(5);
        (await scene.ClaimAsync()).Should().BeEmpty("both places are taken");
    }

    // More keys than one claim looks at; the next claim comes at once.
    [Fact]
    public async Task ManyKeysWhoseMomentComesTogether_AllGoOn()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        for (var key = 0; key < 250; key++)
        {
            await scene.PublishAsync(2, $"k{key}");
        }

        (await scene.HandleAsync()).Should().HaveCount(250);
        (await scene.HandleAsync()).Should().BeEmpty();
        await scene.PassAsync(10);
        var handled = 0;
        for (var claims = 0; claims < 10 && (claims == 0 || scene.NextInMs == 0); claims++)
        {
            handled += (await scene.HandleAsync()).Count;
        }

        handled.Should().Be(250);
        scene.NextInMs.Should().Be(-1);
    }

    // A script has little time, whatever the burst.
    [Fact]
    public async Task ALargeBurst_GoesOnInSteps()
    {
        await using var scene = new KeyLimitScene(redis, count: 100, burst: 900);
        await scene.SubscribeAsync();
        await scene.PublishAsync(1800);
        (await scene.HandleAsync()).Should().HaveCount(900);
        await scene.PassAsync(600);

        await scene.Consumer.ClaimAsync();
        (await redis.Database.ListLengthAsync(scene.Key("backlog:default:a"))).Should().BeGreaterThanOrEqualTo(500);
        scene.NextInMs.Should().Be(0, "a loop claims again at once");

        (await scene.ClaimAsync()).Should().HaveCountGreaterThan(500);
        scene.NextInMs.Should().Be(-1);
    }

    [Fact]
    public async Task AHeldDeadLetterThatIsRedriven_WaitsForTheLimit_BeforeTheOthers()
    {
        await using var scene = new KeyLimitScene(redis, places: 1);
        await scene.SubscribeAsync(scene.Consumer.Mode with { HoldsDead = true });
        var ids = await scene.PublishAsync(2);
        await scene.HandleAsync(Outcome.Dead);
        await scene.PassAsync(5);
        (await scene.HandleAsync()).Should().BeEmpty("the key is held");

        await scene.Host.Events.RedriveAsync(ids[0]);
        (await scene.HandleAsync()).Should().BeEmpty("the limit allows nothing yet");
        await scene.PassAsync(5);
        (await scene.HandleAsync()).Should().Equal(ids[0]);
        await scene.PassAsync(10);

        (await scene.HandleAsync()).Should().Equal(ids[1]);
    }

    [Fact]
    public async Task WhatWaits_AndIsCanceledOrExpires_TakesNoGrant()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(4);
        await scene.ClaimAsync();
        (await scene.ClaimAsync()).Should().BeEmpty();
        await scene.Host.Events.CancelAsync(ids[1]);
        await redis.Database.HashSetAsync(scene.Key($"event:{ids[2]}"), "expires", 1);

        await scene.PassAsync(10);

        (await scene.ClaimAsync()).Should().Equal(ids[3]);
    }

    [Fact]
    public async Task AKeyThatWaitsForItsLimit_IsListed_AndExplained()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var (ids, next) = (await scene.PublishAsync(2), scene.Clock.GetUtcNow().AddSeconds(10));
        (await ExplainAsync(ids[1])).Should().Be((DeliveryReason.Claimable, (DateTimeOffset?)null));
        await scene.Consumer.ClaimAllAsync();
        var later = (await scene.PublishAsync(1))[0];

        (await ExplainAsync(ids[1])).Should().Be((DeliveryReason.KeyLimited, next));
        (await ExplainAsync(later)).Should().Be((DeliveryReason.KeyLimited, next), "no claim has looked at it yet");
        var groups = scene.Host.Services.GetRequiredService<IGroupStore>();
        var listed = (await groups.ListKeysAsync("default")).Keys.Should().ContainSingle().Subject;
        (listed.Key, listed.Waiting, listed.LimitedUntil).Should().Be(("a", 1L, next));
        var group = await groups.FindAsync("default");
        (group!.ConcurrencyPerKey, group.OnDead).Should().Be((null, null), "it does not order");

        async Task<(DeliveryReason, DateTimeOffset?)> ExplainAsync(string id)
        {
            var why = (await scene.Host.Events.ExplainAsync(id))!.Single();
            return (why.Reason, why.Until);
        }
    }
}
