using System.Collections.Concurrent;
using System.Text;
using static EventTriggers.Tests.Batches.BatchByKeyScene;

namespace EventTriggers.Tests.Batches;

/// <summary>Batches of which each has the events of one key.</summary>
public sealed class BatchByKeyTests(RedisFixture redis)
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(10);

    private readonly BatchByKeyScene _scene = new(redis);

    [Fact]
    public async Task InOrder_WhatWaitsBehindTheFirstOfAKey_ComesWithIt()
    {
        await using var host = _scene.Create(size: 10, Soon);
        await PublishAsync(host, [.. Enumerable.Range(1, 25).Select(static n => ("a", n)), ("b", 1), ("b", 2)]);

        host.Start();
        await EndedAsync(host, processed: 27);

        _scene.Batches.Where(static batch => batch.StartsWith('a')).Should().Equal(
            "a: 1 2 3 4 5 6 7 8 9 10", "a: 11 12 13 14 15 16 17 18 19 20", "a: 21 22 23 24 25");
        _scene.Batches.Where(static batch => batch.StartsWith('b')).Should().Equal("b: 1 2");
        await _scene.NothingIsLeftAsync(host);
    }

    // The worker claims the second event meanwhile, which goes behind the first.
    [Fact]
    public async Task InOrder_ABatchThatWaits_TakesNoWorker_AndBeginsWhenTheHostStops()
    {
        await using var host = _scene.Create(size: 4, Never, concurrency: 1).Start();
        await PublishAsync(host, [("a", 1), ("a", 2)]);
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Leased: 1, Waiting: 1 }, "the second one was claimed, too");

        await GatheredAsync(host, 1);
        await host.StopAsync();

        _scene.Batches.Should().Equal("a: 1");
        (await host.Events.CountAsync()).Processed.Should().Be(1);
    }

    // By the clock of the host.
    [Fact]
    public async Task InOrder_WhenABatchHasWaited_ItBeginsWithWhatHasComeMeanwhile()
    {
        var clock = Clock.At2030();
        await using var host = _scene.Create(size: 10, TimeSpan.FromSeconds(5), time: clock).Start();
        await PublishAsync(host, [("a", 1), ("a", 2)]);
        await LeasedAsync(host, 2);
        await PublishAsync(host, [("a", 3), ("a", 4)]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Waiting == 2, "the others wait behind them");
        await GatheredAsync(host, 2);

        clock.Advance(TimeSpan.FromSeconds(5));
        await EndedAsync(host, processed: 4);

        _scene.Batches.Should().Equal("a: 1 2 3 4");
    }

    // A handler that goes through its events stops at the first that fails.
    [Fact]
    public async Task InOrder_BehindAnEventThatFails_TheOthersComeAgain()
    {
        await using var host = _scene.Create(size: 5, Soon, handle: static batch =>
        {
            foreach (var item in batch.Where(static item => item.Event.Number == 3 && item.Attempt == 1))
            {
                item.Fail(new InvalidOperationException("not yet"));
            }
        });
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 5).Select(static n => ("a", n))]);

        host.Start();
        await EndedAsync(host, processed: 5);

        _scene.Batches.Should().Equal("a: 1 2 3 4 5", "a: 3 4 5");
        (await AttemptsAsync(host, ids)).Should().Equal([1, 1, 2, 1, 1], "what comes again behind a failure spends no attempt");
        await _scene.NothingIsLeftAsync(host);
    }

    [Fact]
    public async Task InOrder_APoisonousEvent_DiesAlone_AndTheOrderIsKept()
    {
        var handled = new ConcurrentQueue<int>();
        await using var host = _scene.Create(
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

        _scene.Batches.Take(3).Should().OnlyContain(static batch => batch == "a: 1 2 3 4 5");
        _scene.Batches.Skip(3).Should().Equal("a: 1", "a: 2", "a: 3", "a: 3", "a: 4", "a: 5");
        handled.Should().Equal(1, 2, 4, 5);
        await _scene.NothingIsLeftAsync(host);
    }

    [Fact]
    public async Task InOrder_BehindADeadLetterThatHoldsItsKey_NothingIsHandled()
    {
        var fails = true;
        await using var host = _scene.Create(
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
        _scene.Batches.Should().Equal(["a: 1 2 3"], "what cannot be read ends the batch: it will hold the key");
        fails = false;
        await host.Events.RedriveAsync(ids[1]);
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Leased: 0, Processed: 3, Dead: 1, Waiting: 1 }, "the next one holds it");

        _scene.Batches.Skip(1).Should().Equal("a: 2 3");
    }

    [Fact]
    public async Task InOrder_ACanceledEvent_IsPassedOver()
    {
        await using var host = _scene.Create(size: 5, Soon);
        var ids = await PublishAsync(host, [.. Enumerable.Range(1, 5).Select(static n => ("a", n))]);
        await host.Events.CancelAsync(ids[2]);

        host.Start();
        await EndedAsync(host, processed: 4);

        _scene.Batches.Should().Equal("a: 1 2 4 5");
        await _scene.NothingIsLeftAsync(host);
    }

    // A key in another group, or without order, is only what events of a batch have in common.
    [Fact]
    public async Task WithoutOrder_EachBatchHasTheEventsOfOneKey_OrOfNone()
    {
        await using var host = _scene.Create(size: 3, Never, isInOrder: false);
        await PublishAsync(
            host, [("a", 1), ("b", 1), (null, 1), ("a", 2), ("b", 2), (null, 2), ("b", 3), ("a", 3), (null, 3)]);

        host.Start();
        await EndedAsync(host, processed: 9);

        _scene.Batches.Should().BeEquivalentTo("a: 1 2 3", "b: 1 2 3", ": 1 2 3");
    }

    [Fact]
    public void InAGroupThatOrdersAndHasLimits_ItIsRefused()
    {
        using var host = new HostOf(_scene.Create(size: 3, Soon, options => options.Groups[options.Group] = new GroupOptions
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

    private static async Task PublishRawAsync(TestHost host, string key, string text) => await host.Bus.PublishRawAsync(
        "order.placed", Encoding.UTF8.GetBytes($"\"{text}\""), new PublishOptions { Key = key });

    private static async Task<int[]> AttemptsAsync(TestHost host, IEnumerable<string> ids) =>
        [.. (await Task.WhenAll(ids.Select(id => host.Events.FindAsync(id).AsTask()))).Select(static one => one!.Deliveries[0].Attempt)];

    private sealed class HostOf(TestHost host) : IDisposable
    {
        public TestHost Host => host;

        public void Dispose() => host.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
