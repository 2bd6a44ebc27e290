using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.RateLimits;

/// <summary>A group that limits how many deliveries of a key begin: what is given back of its grants, and what is not.</summary>
public sealed class KeyLimitReturnTests(RedisFixture redis)
{
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

    // It does not come back for its grant, so the next of its key has it, and does not wait any longer.
    [Fact]
    public async Task ADeliveryGivenBack_AndCanceled_LeavesItsGrantToTheNext()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(2);
        var lease = await scene.Consumer.ClaimOneAsync();
        await scene.ClaimAsync();
        await scene.Consumer.PassWhileStoppingAsync(lease);
        await scene.Host.Events.CancelAsync(ids[0]);

        (await scene.ClaimAsync()).Should().Equal(ids[1]);
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

    // Its claim was a second on its way: by then the limit allows others.
    [Fact]
    public async Task ADeliveryThatComesLate_DoesNotBegin_AndAsksAnew()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(1);
        var lease = await scene.Consumer.ClaimOneAsync();
        await scene.PassAsync(1);

        await scene.Consumer.PassAsync(lease);

        (await scene.ClaimAsync()).Should().Equal(ids);
        scene.NextInMs.Should().Be(-1);
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
        skipped.NotBegun();

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
}
