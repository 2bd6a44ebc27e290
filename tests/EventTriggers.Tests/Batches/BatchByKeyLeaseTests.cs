using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;
using static EventTriggers.Tests.Batches.BatchByKeyScene;

namespace EventTriggers.Tests.Batches;

/// <summary>What becomes of the leases of a batch that has the events of one key, step by step.</summary>
public sealed class BatchByKeyLeaseTests(RedisFixture redis)
{
    private readonly BatchByKeyScene _scene = new(redis);

    // It is not known whether the call has leased anything.
    [Fact]
    public async Task InOrder_WhatACallHasLeasedWithoutAnAnswer_IsGivenBackWhereItWas()
    {
        await using var host = _scene.Create(size: 5, Soon);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 4).Select(static n => ("a", n))]);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var first = await consumer.ClaimOneAsync();
        var batch = await consumer.ClaimNextAsync(first, most: 3);
        batch.Leases.Should().HaveCount(4);

        await consumer.GiveBackAsync(batch.Call);
        (await host.Events.CountAsync()).Waiting.Should().Be(3);
        (await redis.Database.ListLengthAsync(host.Keyspace.Partitions[0].Keys.Of("default").Ready)).Should().Be(0);
        var again = await consumer.ClaimNextAsync(first, most: 3);

        again.Leases.Select(static lease => (lease.Delivery.Id, lease.Delivery.Fence, lease.Delivery.Attempt)).Should()
            .Equal((ids[0], 1, 1), (ids[1], 2, 1), (ids[2], 2, 1), (ids[3], 2, 1));
    }

    [Fact]
    public async Task InOrder_TheHandlerThatDoesNotEndAtAStop_GivesAllBackInOrder()
    {
        var begun = new TaskCompletionSource();
        await using var host = _scene.Create(
            size: 3, Soon, options => options.DrainTimeout = TimeSpan.FromMilliseconds(50),
            handleAsync: async (_, token) =>
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            });
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 4).Select(static n => ("a", n))]);
        host.Start();
        await Wait.ForAsync(begun.Task);

        await Wait.ForAsync(host.StopAsync());
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var batch = await consumer.ClaimNextAsync(await consumer.ClaimOneAsync(), most: 10);

        batch.Leases.Select(static lease => (lease.Delivery.Id, lease.Delivery.Attempt)).Should()
            .Equal(ids.Select(static id => (id, 1)));
    }

    [Fact]
    public async Task InOrder_WhatMustBeAlone_IsNotClaimedBehindOthers()
    {
        await using var host = _scene.Create(size: 5, Soon);
        await PublishAsync(host, [("a", 1), ("a", 2), ("a", 3)]);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var batch = await consumer.ClaimNextAsync(await consumer.ClaimOneAsync(), most: 2);
            batch.Leases.Select(static lease => lease.Delivery.Attempt).Should().Equal(1, attempt, 1);
            await consumer.SettleInOrderAsync(
                new(batch.Leases[0], Outcome.Release), new(batch.Leases[1], Outcome.Retry), new(batch.Leases[2], Outcome.Release));
        }

        var alone = await consumer.ClaimNextAsync(await consumer.ClaimOneAsync(), most: 2);

        alone.Leases.Should().ContainSingle("the next one has spent three attempts");
    }

    // Another consumer has the first one by now, and handles it again.
    [Fact]
    public async Task InOrder_WhenTheLeaseOfTheFirstIsLost_TheOthersComeAgainBehindIt()
    {
        var clock = Clock.At2030();
        await using var host = _scene.Create(size: 5, Soon, time: clock);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 3).Select(static n => ("a", n))]);
        var (one, other, batch) = await WithLostFirstAsync(host, clock);
        var taken = await other.ClaimOneAsync();

        await one.SettleInOrderAsync([.. batch.Leases.Select(static lease => new Settlement(lease, Outcome.Done))]);
        var found = await Task.WhenAll(ids.Select(id => host.Events.FindAsync(id).AsTask()));
        found.Select(static one => one!.Deliveries[0].Status).Should()
            .Equal(DeliveryStatus.Leased, DeliveryStatus.Ready, DeliveryStatus.Ready);
        host.Log.TextsOf("31").Should().HaveCount(2).And.OnlyContain(static text => text.Contains("recorded: Release."), "they say so");
        (await other.ClaimNextAsync(taken, most: 2)).Leases.Select(static lease => (lease.Delivery.Id, lease.Delivery.Attempt)).Should()
            .Equal((ids[0], 2), (ids[1], 1), (ids[2], 1));
    }

    // It has handled the first one again, so what this one did behind it comes again behind that.
    [Fact]
    public async Task InOrder_WhenAnotherConsumerHasEndedTheFirst_TheOthersComeAgain()
    {
        var clock = Clock.At2030();
        await using var host = _scene.Create(size: 5, Soon, time: clock);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 3).Select(static n => ("a", n))]);
        var (one, other, batch) = await WithLostFirstAsync(host, clock);
        await other.SettleInOrderAsync(new Settlement(await other.ClaimOneAsync(), Outcome.Done));

        await one.SettleInOrderAsync([.. batch.Leases.Select(static lease => new Settlement(lease, Outcome.Done))]);

        (await other.ClaimNextAsync(await other.ClaimOneAsync(), most: 2)).Leases
            .Select(static lease => (lease.Delivery.Id, lease.Delivery.Attempt)).Should().Equal((ids[1], 1), (ids[2], 1));
        await other.SettleInOrderAsync([.. other.Held.OrderBy(lease => Array.IndexOf(ids, lease.Delivery.Id))
            .Select(static lease => new Settlement(lease, Outcome.Done))]);
        await _scene.NothingIsLeftAsync(host);
    }

    // A key waits for one dead letter at a time: those behind it can become one when their turn has come.
    [Fact]
    public async Task InOrder_WhatACrashEndsBehindADeadLetterThatHoldsItsKey_HasItsTurnFirst()
    {
        var clock = Clock.At2030();
        await using var host = _scene.Create(
            size: 5, Soon,
            options => options.Groups[options.Group] = new GroupOptions
            {
                ConcurrencyPerKey = 1, OnDead = DeadLetters.Hold, MaxCrashes = 1,
            },
            time: clock);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 3).Select(static n => ("a", n))]);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await consumer.ClaimNextAsync(await consumer.ClaimOneAsync(), most: 1);

        clock.Advance(host.Keyspace.Options.LeaseDuration);
        await consumer.ReapAsync();
        (await host.Events.CountAsync()).Should().BeEquivalentTo(new { Dead = 1L, HeldKeys = 1L, Waiting = 2L });
        (await consumer.ClaimAsync()).Should().BeEmpty("the first one holds the key");
        await host.Events.RedriveAsync(ids[0]);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        var second = await consumer.ClaimOneAsync();
        (second.Delivery.Id, second.Delivery.Crashes).Should().Be((ids[1], 1));
        await consumer.SettleAsync(second, Outcome.Done);
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(ids[2]);
    }

    // It is older than what waits, and has its turn when the first one has ended.
    [Fact]
    public async Task InOrder_WhatIsRedrivenWhileABatchWaits_DoesNotJoinIt()
    {
        await using var host = _scene.Create(size: 5, Soon);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 4).Select(static n => ("a", n))]);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        var first = await consumer.ClaimOneAsync();
        var batch = await consumer.ClaimNextAsync(first, most: 1);
        await host.Events.RedriveAsync(ids[0]);
        (await consumer.ClaimAsync()).Should().BeEmpty("it waits in front of the others");

        var grown = await consumer.ClaimNextAsync(batch, most: 4);

        grown.Leases.Select(static lease => lease.Delivery.Id).Should().Equal(ids[1], ids[2]);
    }

    // Two consumers, and a batch of one of them, of which the first lease has been taken away, and the others have not.
    private static async Task<(ManualConsumer One, ManualConsumer Other, LeaseBatch Batch)> WithLostFirstAsync(
        TestHost host, FakeTimeProvider clock)
    {
        var (one, other) = (new ManualConsumer(host, time: clock), new ManualConsumer(host, time: clock));
        await one.SubscribeAsync("order.placed");
        await other.SubscribeAsync("order.placed");
        var first = await one.ClaimOneAsync();
        clock.Advance(host.Keyspace.Options.LeaseDuration / 2);
        var batch = await one.ClaimNextAsync(first, most: 2);
        clock.Advance(host.Keyspace.Options.LeaseDuration / 2);
        await other.ReapAsync();
        return (one, other, batch);
    }
}
