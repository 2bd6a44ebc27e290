using System.Collections.Concurrent;
using System.Text;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Batches;

/// <summary>Batches of which each has the events of one key.</summary>
public sealed class BatchByKeyTests(RedisFixture redis)
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<string> _batches = new();

    [Fact]
    public async Task InOrder_WhatWaitsBehindTheFirstOfAKey_ComesWithIt()
    {
        await using var host = Create(size: 10, Soon);
        await PublishAsync(host, [.. Enumerable.Range(1, 25).Select(static n => ("a", n)), ("b", 1), ("b", 2)]);

        host.Start();
        await EndedAsync(host, processed: 27);

        _batches.Where(static batch => batch.StartsWith('a')).Should().Equal(
            "a: 1 2 3 4 5 6 7 8 9 10", "a: 11 12 13 14 15 16 17 18 19 20", "a: 21 22 23 24 25");
        _batches.Where(static batch => batch.StartsWith('b')).Should().Equal("b: 1 2");
        await NothingIsLeftAsync(host);
    }

    // The worker claims the second event meanwhile, which goes behind the first.
    [Fact]
    public async Task InOrder_ABatchThatWaits_TakesNoWorker_AndBeginsWhenTheHostStops()
    {
        await using var host = Create(size: 4, Never, concurrency: 1).Start();
        await PublishAsync(host, [("a", 1), ("a", 2)]);
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Leased: 1, Waiting: 1 }, "the second one was claimed, too");

        await GatheredAsync(host, 1);
        await host.StopAsync();

        _batches.Should().Equal("a: 1");
        (await host.Events.CountAsync()).Processed.Should().Be(1);
    }

    // By the clock of the host.
    [Fact]
    public async Task InOrder_WhenABatchHasWaited_ItBeginsWithWhatHasComeMeanwhile()
    {
        var clock = Clock.At2030();
        await using var host = Create(size: 10, TimeSpan.FromSeconds(5), time: clock).Start();
        await PublishAsync(host, [("a", 1), ("a", 2)]);
        await LeasedAsync(host, 2);
        await PublishAsync(host, [("a", 3), ("a", 4)]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Waiting == 2, "the others wait behind them");
        await GatheredAsync(host, 2);

        clock.Advance(TimeSpan.FromSeconds(5));
        await EndedAsync(host, processed: 4);

        _batches.Should().Equal("a: 1 2 3 4");
    }

    // A handler that goes through its events stops at the first that fails.
    [Fact]
    public async Task InOrder_BehindAnEventThatFails_TheOthersComeAgain()
    {
        await using var host = Create(size: 5, Soon, handle: static batch =>
        {
            foreach (var item in batch.Where(static item => item.Event.Number == 3 && item.Attempt == 1))
            {
                item.Fail(new InvalidOperationException("not yet"));
            }
        });
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 5).Select(static n => ("a", n))]);

        host.Start();
        await EndedAsync(host, processed: 5);

        _batches.Should().Equal("a: 1 2 3 4 5", "a: 3 4 5");
        (await AttemptsAsync(host, ids)).Should().Equal([1, 1, 2, 1, 1], "what comes again behind a failure spends no attempt");
        await NothingIsLeftAsync(host);
    }

    [Fact]
    public async Task InOrder_APoisonousEvent_DiesAlone_AndTheOrderIsKept()
    {
        var handled = new ConcurrentQueue<int>();
        await using var host = Create(
            size: 5, Soon,
            options => (options.MaxAttempts, options.RetryDelay) = (5, TimeSpan.FromMilliseconds(1)),
            handle: batch =>
            {
                if (batch.Any(static item => item.Event.Number == 3))
                {
                    throw new InvalidOperationException("poison");
                }

                foreach (var item in batch)
                {
                    handled.Enqueue(item.Event.Number);
                }
            });
        await PublishAsync(host, [.. Enumerable.Range(1, 5).Select(static n => ("a", n))]);

        host.Start();
        await EndedAsync(host, processed: 4, dead: 1);

        _batches.Take(3).Should().OnlyContain(static batch => batch == "a: 1 2 3 4 5");
        _batches.Skip(3).Should().Equal("a: 1", "a: 2", "a: 3", "a: 3", "a: 4", "a: 5");
        handled.Should().Equal(1, 2, 4, 5);
        await NothingIsLeftAsync(host);
    }

    [Fact]
    public async Task InOrder_BehindADeadLetterThatHoldsItsKey_NothingIsHandled()
    {
        var fails = true;
        await using var host = Create(
            size: 5, Soon, options => options.Groups[options.Group] = new GroupOptions
            {
                ConcurrencyPerKey = 1, OnDead = DeadLetters.Hold, MaxAttempts = 1,
            },
            handle: batch =>
            {
                foreach (var item in batch.Where(item => item.Event.Number == 2 && fails))
                {
                    item.Fail(new InvalidOperationException("held"));
                }
            });
        var ids = await PublishAsync(host, [("a", 1), ("a", 2), ("a", 3)]);
        await PublishRawAsync(host, "a", "no order");
        await PublishAsync(host, [("a", 5)]);

        host.Start();
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Leased: 0, Processed: 1, Dead: 1, Waiting: 3 }, "the key is held");
        _batches.Should().Equal(["a: 1 2 3"], "what cannot be read ends the batch: it will hold the key");
        fails = false;
        await host.Events.RedriveAsync(ids[1]);
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Leased: 0, Processed: 3, Dead: 1, Waiting: 1 }, "the next one holds it");

        _batches.Skip(1).Should().Equal("a: 2 3");
    }

    [Fact]
    public async Task InOrder_ACanceledEvent_IsPassedOver()
    {
        await using var host = Create(size: 5, Soon);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 5).Select(static n => ("a", n))]);
        await host.Events.CancelAsync(ids[2]);

        host.Start();
        await EndedAsync(host, processed: 4);

        _batches.Should().Equal("a: 1 2 4 5");
        await NothingIsLeftAsync(host);
    }

    // It is not known whether the call has leased anything.
    [Fact]
    public async Task InOrder_WhatACallHasLeasedWithoutAnAnswer_IsGivenBackWhereItWas()
    {
        await using var host = Create(size: 5, Soon);
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
        await using var host = Create(
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
        await using var host = Create(size: 5, Soon);
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
        await using var host = Create(size: 5, Soon, time: clock);
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
        await using var host = Create(size: 5, Soon, time: clock);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 3).Select(static n => ("a", n))]);
        var (one, other, batch) = await WithLostFirstAsync(host, clock);
        await other.SettleInOrderAsync(new Settlement(await other.ClaimOneAsync(), Outcome.Done));

        await one.SettleInOrderAsync([.. batch.Leases.Select(static lease => new Settlement(lease, Outcome.Done))]);

        (await other.ClaimNextAsync(await other.ClaimOneAsync(), most: 2)).Leases
            .Select(static lease => (lease.Delivery.Id, lease.Delivery.Attempt)).Should().Equal((ids[1], 1), (ids[2], 1));
        await other.SettleInOrderAsync([.. other.Held.OrderBy(lease => Array.IndexOf(ids, lease.Delivery.Id))
            .Select(static lease => new Settlement(lease, Outcome.Done))]);
        await NothingIsLeftAsync(host);
    }

    // A key waits for one dead letter at a time: those behind it can become one when their turn has come.
    [Fact]
    public async Task InOrder_WhatACrashEndsBehindADeadLetterThatHoldsItsKey_HasItsTurnFirst()
    {
        var clock = Clock.At2030();
        await using var host = Create(
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
        await using var host = Create(size: 5, Soon);
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

    // A key in another group, or without order, is only what events of a batch have in common.
    [Fact]
    public async Task WithoutOrder_EachBatchHasTheEventsOfOneKey_OrOfNone()
    {
        await using var host = Create(size: 3, Never, isInOrder: false);
        await PublishAsync(
            host, [("a", 1), ("b", 1), (null, 1), ("a", 2), ("b", 2), (null, 2), ("b", 3), ("a", 3), (null, 3)]);

        host.Start();
        await EndedAsync(host, processed: 9);

        _batches.Should().BeEquivalentTo("a: 1 2 3", "b: 1 2 3", ": 1 2 3");
    }

    [Fact]
    public void InAGroupThatOrdersAndHasLimits_ItIsRefused()
    {
        using var host = new HostOf(Create(size: 3, Soon, options => options.Groups[options.Group] = new GroupOptions
        {
            ConcurrencyPerKey = 1, LimitPerKey = new LimitOptions { Count = 1, Per = TimeSpan.FromSeconds(1) },
        }));

        FluentActions.Invoking(() => host.Host.Services.GetRequiredService<IConsumerLoop>()).Should().Throw<InvalidOperationException>()
            .WithMessage("Group 'default'*limits*delegate-1*ByKey*");
    }

    private static Task EndedAsync(TestHost host, int processed, int dead = 0) => BatchScene.EndedAsync(host, processed, dead);

    private static Task LeasedAsync(TestHost host, int leased) => BatchScene.LeasedAsync(host, leased);

    private static Task GatheredAsync(TestHost host, int count) =>
        Wait.UntilAsync(() => BatchScene.Gathered(host).Count() == count, $"{count} are gathered");

    private static async Task<string[]> PublishAsync(TestHost host, params (string? Key, int Number)[] events) =>
    [
        .. (await host.Bus.PublishManyAsync(
            [.. events.Select(static one => EventToPublish.Of(new OrderPlaced(one.Number), new PublishOptions { Key = one.Key }))])).Ids(),
    ];

    private static async Task PublishRawAsync(TestHost host, string key, string text) => await host.Bus.PublishRawAsync(
        "order.placed", Encoding.UTF8.GetBytes($"\"{text}\""), new PublishOptions { Key = key });

    private static async Task<int[]> AttemptsAsync(TestHost host, IEnumerable<string> ids) =>
        [.. (await Task.WhenAll(ids.Select(id => host.Events.FindAsync(id).AsTask()))).Select(static one => one!.Deliveries[0].Attempt)];

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

    private async Task NothingIsLeftAsync(TestHost host)
    {
        foreach (var kind in (string[])["active", "backlogs", "backlogged", "held"])
        {
            (await redis.Database.KeyExistsAsync($"{host.Keyspace.Partitions[0].Keys.Root}:{kind}:default")).Should().BeFalse(kind);
        }
    }

    private TestHost Create(
        int size, TimeSpan wait, Action<RedisTriggersOptions>? configure = null, Action<EventBatch<OrderPlaced>>? handle = null,
        Func<EventBatch<OrderPlaced>, CancellationToken, ValueTask>? handleAsync = null, bool isInOrder = true, int concurrency = 32,
        TimeProvider? time = null) =>
        TestHost.Create(
            redis,
            builder => builder.AddBatchHandler<OrderPlaced>(
                (batch, token) =>
                {
                    _batches.Enqueue($"{batch.Key}: {string.Join(' ', batch.Select(static item => item.Event.Number))}");
                    handle?.Invoke(batch);
                    return handleAsync?.Invoke(batch, token) ?? default;
                },
                options => (options.MaxSize, options.MaxWait, options.ByKey) = (size, wait, true)),
            options =>
            {
                options.Concurrency = concurrency;
                if (isInOrder)
                {
                    options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = 1 };
                }

                configure?.Invoke(options);
            },
            time);

    private sealed class HostOf(TestHost host) : IDisposable
    {
        public TestHost Host => host;

        public void Dispose() => host.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
