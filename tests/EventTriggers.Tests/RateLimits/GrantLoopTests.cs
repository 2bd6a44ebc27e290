using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.RateLimits;

/// <summary>When grants are asked for, and which are given back.</summary>
public sealed class GrantLoopTests(RedisFixture redis)
{
    [Fact]
    public async Task WhileNothingIsThere_NothingIsAskedFor()
    {
        await using var scene = new RateLimitScene(redis);
        scene.Grants.BeginClaim().Should().BeNull();
        scene.Grants.EndClaim(0);
        scene.Grants.NoteLeft(0, 0).Should().BeFalse();

        (await scene.Grants.RunOnceAsync()).Should().Be(RateLimitScene.Hour);

        (await redis.Database.KeyExistsAsync(scene.Partition.Keys.RateLimit("hourly"))).Should().BeFalse();
    }

    [Theory]
    [InlineData(2, 0, 2)]
    [InlineData(0, 7, 1)]
    [InlineData(100, 0, 3)]
    public async Task WhatAClaimHasLeft_IsAskedFor_AndTheNextClaimTakesIt(int ready, int quarantined, int granted)
    {
        await using var scene = new RateLimitScene(redis);
        scene.Grants.NoteLeft(ready, quarantined).Should().BeFalse("there are no grants yet");

        await scene.Grants.RunOnceAsync();

        scene.Grants.BeginClaim()!.Left.Should().Be(granted);
        (await scene.OutstandingAsync()).Should().Be(granted);
    }

    [Fact]
    public async Task MoreThanThereAreWorkersFor_IsNotAskedFor()
    {
        await using var scene = new RateLimitScene(redis, burst: 100);
        scene.Queue.ReserveWorkers(scene.Partition, most: 3);
        scene.Grants.NoteLeft(100, 0);

        await scene.Grants.RunOnceAsync();

        scene.Grants.BeginClaim()!.Left.Should().Be(2);
    }

    // A claim that uses them up keeps none; one that leaves nothing gives the rest back; one that is not answered gives all back.
    [Theory]
    [InlineData(3, 5, 3)]
    [InlineData(1, 0, 1)]
    [InlineData(-1, 0, 0)]
    public async Task WhatAClaimDoesNotUse_IsGivenBack(int used, int left, int outstanding)
    {
        await using var scene = new RateLimitScene(redis);
        scene.Grants.NoteLeft(3, 0);
        await scene.Grants.RunOnceAsync();

        scene.Grants.BeginClaim().Should().NotBeNull();
        if (used < 0)
        {
            scene.Grants.AbandonClaim();
        }
        else
        {
            scene.Grants.EndClaim(used);
            scene.Grants.NoteLeft(left, 0);
        }

        await scene.OutstandingIsAsync(outstanding);
        scene.Grants.BeginClaim().Should().BeNull();
    }

    [Fact]
    public async Task WhatAClaimLeaves_WhileThereAreGrants_IsClaimedAtOnce()
    {
        await using var scene = new RateLimitScene(redis);
        scene.Grants.NoteLeft(3, 0);
        await scene.Grants.RunOnceAsync();

        scene.Grants.BeginClaim();
        scene.Grants.EndClaim(1);

        scene.Grants.NoteLeft(2, 0).Should().BeTrue();
        scene.Grants.BeginClaim()!.Left.Should().Be(2);
    }

    // Whatever happens meanwhile: it would be granted, were it asked.
    [Fact]
    public async Task ARefusedLimit_IsNotAskedBeforeTheMomentThatItNamed()
    {
        await using var scene = new RateLimitScene(redis, burst: 1);
        await scene.Taker.TakeAsync(1);
        scene.Grants.NoteLeft(1, 0);
        (await scene.Grants.RunOnceAsync()).Should().Be(RateLimitScene.Hour);
        await scene.ForgetAsync();

        scene.Clock.Advance(TimeSpan.FromMinutes(59));
        scene.Grants.TryHint().Should().BeFalse("a claim looks at what a message announces");
        (await scene.Grants.RunOnceAsync()).Should().Be(TimeSpan.FromMinutes(1));
        scene.Grants.BeginClaim().Should().BeNull();
        scene.Grants.EndClaim(0);
        scene.Grants.NoteLeft(1, 0).Should().BeFalse("a loop that would claim again would spin");

        scene.Clock.Advance(TimeSpan.FromMinutes(1));
        await scene.Grants.RunOnceAsync();
        scene.Grants.BeginClaim().Should().NotBeNull();
    }

    // The claim was answered before the event came that the message announced.
    [Fact]
    public async Task AMessageDuringAClaimThatFindsNothing_IsNotLost()
    {
        await using var scene = new RateLimitScene(redis);
        scene.Grants.BeginClaim();
        scene.Grants.TryHint().Should().BeTrue();
        scene.Grants.EndClaim(0);
        scene.Grants.NoteLeft(0, 0);

        await scene.Grants.RunOnceAsync();

        scene.Grants.BeginClaim()!.Left.Should().Be(1);
    }

    // The claim learns what there is, and passes it on.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task AMessageForWhichNothingIsGranted_WakesTheLoop(int taken)
    {
        await using var scene = new RateLimitScene(redis, burst: 1);
        await scene.Taker.TakeAsync(taken);
        scene.Grants.TryHint();

        await scene.Grants.RunOnceAsync();

        var woken = scene.Loop.WaitAsync(RateLimitScene.Hour, CancellationToken.None);
        woken.IsCompleted.Should().BeTrue();
        (scene.Grants.BeginClaim() is not null).Should().Be(taken == 0);
    }

    [Fact]
    public async Task AMessageWhileEveryWorkerIsBusy_IsPassedOnByAClaim()
    {
        await using var scene = new RateLimitScene(redis);
        scene.Queue.ReserveWorkers(scene.Partition);

        scene.Grants.TryHint().Should().BeFalse();
    }

    [Fact]
    public async Task GrantsThatWereNotUsedForASecond_AreNotUsedAnyMore()
    {
        await using var scene = new RateLimitScene(redis);
        scene.Grants.NoteLeft(2, 0);
        await scene.Grants.RunOnceAsync();

        scene.Clock.Advance(TimeSpan.FromSeconds(1));

        scene.Grants.BeginClaim().Should().BeNull();
        await Wait.UntilAsync(async () => await scene.OutstandingAsync() < 0.001, "they are given back");
    }

    // Released by a host that stops, or because its grant is too old: no handler has begun.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADeliveryThatIsReleasedBeforeItsHandlerBegan_GivesItsGrantBack(bool isStopping)
    {
        await using var scene = new RateLimitScene(redis);
        var consumer = new ManualConsumer(scene.Host, time: scene.Clock);
        await consumer.SubscribeAsync("order.placed");
        var id = (await scene.Host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        var claimed = await consumer.ClaimOneAsync();
        var (grants, _) = await scene.Taker.TakeAsync(1);
        var lease = new Lease(claimed.Delivery, claimed.Partition, claimed.Queue, scene.Clock.GetTimestamp()) { Grants = grants };
        if (!isStopping)
        {
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await consumer.PassAsync(lease, isStopping);

        await Wait.UntilAsync(async () => await scene.OutstandingAsync() < 0.001, "it is given back");
        (await scene.Host.Events.FindAsync(id))!.Deliveries[0].Should().BeEquivalentTo(
            new { Status = DeliveryStatus.Ready, Attempt = 0 }, static options => options.ExcludingMissingMembers());
    }
}
