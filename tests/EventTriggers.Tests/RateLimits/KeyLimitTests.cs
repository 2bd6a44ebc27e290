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

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task ADeliveryGivenBackBeforeItsHandlerBegan_GivesItsGrantBack(int? places)
    {
        await using var scene = new KeyLimitScene(redis, places: places);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(3);
        var lease = await scene.Consumer.ClaimOneAsync();

        await scene.Consumer.PassWhileStoppingAsync(lease);

        (await scene.ClaimAsync()).Should().Equal(ids[0]);
    }

    // Half of its grant has run out, and counted for what came later.
    [Fact]
    public async Task ADeliveryGivenBackLate_GivesBackWhatHasNotRunOut()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(2);
        var lease = await scene.Consumer.ClaimOneAsync();
        await scene.PassAsync(5);

        await scene.Consumer.PassWhileStoppingAsync(lease);

        (await scene.ClaimAsync()).Should().Equal(ids[0]);
        scene.NextInMs.Should().Be(10_000);
    }

    [Fact]
    public async Task ADeliveryGivenBackAfterItsHandlerBegan_GivesNothingBack()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(1);
        var lease = await scene.Consumer.ClaimOneAsync();

        await scene.Consumer.SettleAsync(lease, Outcome.Release);

        (await scene.ClaimAsync()).Should().BeEmpty();
        scene.NextInMs.Should().Be(10_000);
        await scene.PassAsync(10);
        (await scene.ClaimAsync()).Should().Equal(ids);
    }

    // By a host that does not handle its type.
    [Fact]
    public async Task ADeliveryThatIsPassedOn_GivesItsGrantBack()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(1);
        var skipped = new Settlement(await scene.Consumer.ClaimOneAsync(), Outcome.Skip);
        skipped.ReturnKeyGrant();

        await scene.Consumer.SettleAsync(skipped);

        (await scene.ClaimAsync()).Should().Equal(ids);
    }

    // It was asked to stop before it began: it ends, and its history does not outlive it by the moment of its grant.
    [Fact]
    public async Task ADeliveryGivenBack_WhoseCancellationWasRequested_IsCanceled()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(1);
        var lease = await scene.Consumer.ClaimOneAsync();
        await scene.Host.Events.CancelAsync(ids[0]);

        await scene.Consumer.PassWhileStoppingAsync(lease);

        (await scene.Host.Events.FindAsync(ids[0]))!.Deliveries.Single().Status.Should().Be(DeliveryStatus.Canceled);
        (await redis.Database.KeyTimeToLiveAsync(scene.Key($"attempts:default:{ids[0]}"))).Should().BeLessThan(TimeSpan.FromDays(30));
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
