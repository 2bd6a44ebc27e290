using System.Collections.Concurrent;
using System.Diagnostics;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>What was claimed for quick handlers does not wait behind slow ones.</summary>
public sealed class PrefetchWatchTests(RedisFixture redis) : IDisposable
{
    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly ConcurrentQueue<string> _begun = new();
    private readonly ConcurrentQueue<string> _givenBack = new();
    private readonly SemaphoreSlim _ends = new(0);

    [Fact]
    public async Task WhenNoWorkerGoesOn_WhatWaitsIsGivenBack_AndNothingMoreIsPrefetched()
    {
        var queue = await ClaimedAsync(6);

        _clock.Advance(PrefetchWatch.Interval - TimeSpan.FromMilliseconds(1));
        _givenBack.Should().BeEmpty();
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        await Wait.UntilAsync(() => _givenBack.Count == 4, "what waited is given back");
        _begun.Should().BeEquivalentTo("e0", "e1");
        _givenBack.Should().Equal("e5", "e4", "e3", "e2");
        (queue.Prefetch, queue.RoomFor(Partition(0))).Should().Be((0, 0));
    }

    // On a slow link workers need what was prefetched for as long as a claim takes.
    [Fact]
    public async Task WhereAClaimTakesLong_WhatWaitsIsKeptForAsLong()
    {
        var took = TimeSpan.FromMilliseconds(300);
        await ClaimedAsync(6, took);

        _clock.Advance(took - TimeSpan.FromMilliseconds(1));
        _givenBack.Should().BeEmpty();
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        await Wait.UntilAsync(() => _givenBack.Count == 4, "what waited is given back");
    }

    // Handlers that end together seem quick during a claim. One claim in a thousand may be wrong about that.
    [Fact]
    public async Task AfterSomeWasGivenBack_ThousandClaimsPrefetchNothing()
    {
        var queue = await ClaimedAsync(6);
        _clock.Advance(PrefetchWatch.Interval);

        for (var claims = 0; claims < 1000; claims++)
        {
            queue.Prefetch = 4;
            queue.Prefetch.Should().Be(0);
        }

        queue.Prefetch = 4;
        queue.Prefetch.Should().Be(4);
    }

    // They start one after the other, each on a thread of its own if handlers block: what they are about to begin is not taken away.
    [Fact]
    public async Task WhileWorkersHaveNotStarted_NothingIsGivenBack()
    {
        using var blocks = new ManualResetEventSlim();
        var queue = new DeliveryQueue("default", concurrency: 1000, timeProvider: _clock, run: lease =>
        {
            (lease.IsGivenBack ? _givenBack : _begun).Enqueue(lease.Delivery.Id);
            if (!lease.IsGivenBack)
            {
                blocks.Wait(TimeSpan.FromMinutes(2));
            }

            return default;
        });
        var leases = Enumerable.Range(0, 500).Select(n => NewLease($"e{n}", queue)).ToList();
        leases.ForEach(queue.Accept);
        queue.EndClaim(TimeSpan.Zero);

        _clock.Advance(PrefetchWatch.Interval);
        var (begun, givenBack) = (_begun.Count, _givenBack.Count);
        blocks.Set();
        await Wait.UntilAsync(() => _begun.Count + _givenBack.Count == 500, "all have begun");

        begun.Should().BeLessThan(500, "threads come one by one");
        givenBack.Should().Be(0);
        _givenBack.Should().BeEmpty();
    }

    // So many ended in an interval: what waits would begin within two more, or would not.
    [Theory]
    [InlineData(6, 2, 0)]
    [InlineData(6, 1, 3)]
    [InlineData(8, 1, 5)]
    public async Task WhileWorkersGoOn_WhatWouldSoonBeginIsKept(int claimed, int ended, int givenBack)
    {
        await ClaimedAsync(claimed);
        _ends.Release(ended);
        await Wait.UntilAsync(() => _begun.Count == 2 + ended, "others have begun");

        _clock.Advance(PrefetchWatch.Interval);
        await Wait.UntilAsync(() => _givenBack.Count == givenBack, "what would wait long is given back");
        _givenBack.Count.Should().Be(givenBack);

        // It looks again.
        _clock.Advance(PrefetchWatch.Interval);
        await Wait.UntilAsync(() => _begun.Count + _givenBack.Count == claimed, "the rest is given back when nothing goes on");
    }

    // A batch takes a worker as it is: what it gathered is not given back by one of its events.
    [Fact]
    public async Task ABatchThatWaits_IsLeftToTheWorkers()
    {
        var pool = new WorkerPool(1, RunAsync);
        var queue = new DeliveryQueue("default", concurrency: 1);
        pool.Post(NewLease("first", queue));
        var batch = NewLease("batch", queue);
        batch.Batch = new LeaseBatch(null!, [batch]);
        pool.Post(batch);
        pool.Post(NewLease("second", queue));
        await Wait.UntilAsync(() => !_begun.IsEmpty, "the first one runs");

        pool.EndWaiting(lease =>
        {
            _givenBack.Enqueue(lease.Delivery.Id);
            return default;
        });
        _ends.Release(2);
        await Wait.ForAsync(pool.CloseAsync());

        _givenBack.Should().Equal("second");
        _begun.Should().Equal("first", "batch");
    }

    // Handlers that end at once, and then some that do not end: another consumer gets what this one would not begin, at its first attempt.
    [Fact]
    [Trait("Fault", "105")]
    public async Task HandlersThatTurnSlow_KeepNothingFromOthers()
    {
        const int Quick = 3000, Slow = 100, Workers = 4;
        var end = new TaskCompletionSource();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (context, token) =>
            {
                if (context.Event.Number >= Quick)
                {
                    await end.Task.WaitAsync(token);
                }
            }),
            static options => options.Concurrency = Workers);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, Quick + Slow).Select(static n => new OrderPlaced(n))])).Ids();
        host.Start();

        // For longer than an interval: a claim that was under way may still bring some. With several partitions, one of them may come to
        // its slow events before the others have ended their quick ones.
        var since = Stopwatch.GetTimestamp();
        await Wait.UntilAsync(
            async () =>
            {
                since = await host.Events.CountAsync() is { Leased: Workers, Processed: > 0 } ? since : Stopwatch.GetTimestamp();
                return Stopwatch.GetElapsedTime(since) > 4 * PrefetchWatch.Interval;
            },
            "only what runs is held");
        var left = Quick + Slow - Workers - (await host.Events.CountAsync()).Processed;
        var others = await new ManualConsumer(host).ClaimAllAsync();
        end.SetResult();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Leased == others.Count, "what ran has ended");

        others.Should().HaveCount((int)left)
            .And.OnlyContain(static lease => lease.Delivery.Attempt == 1 && lease.Delivery.Crashes == 0);
        others.Select(static lease => lease.Delivery.Id).Should().BeSubsetOf(ids);
    }

    public void Dispose() => _ends.Dispose();

    private static Partition Partition(int index) => new(index, new RedisKeys("test", index), string.Empty, 0);

    private static Lease NewLease(string id, DeliveryQueue queue) =>
        new(new Delivery { Group = "default", Id = id, Fence = 1, Attempt = 1 }, Partition(0), queue, renewed: 0);

    // A queue of two workers that have begun, and whose handlers end one by one.
    private async Task<DeliveryQueue> ClaimedAsync(int count, TimeSpan took = default)
    {
        var queue = new DeliveryQueue("default", concurrency: 2, run: RunAsync, timeProvider: _clock) { Prefetch = 100 };
        queue.ReserveWorkers(Partition(0), count);
        foreach (var lease in Enumerable.Range(0, count).Select(n => NewLease($"e{n}", queue)))
        {
            queue.Accept(lease);
        }

        await Wait.UntilAsync(() => _begun.Count == 2, "two have begun");
        queue.EndClaim(took);
        return queue;
    }

    private async ValueTask RunAsync(Lease lease)
    {
        if (lease.IsGivenBack)
        {
            _givenBack.Enqueue(lease.Delivery.Id);
            lease.Queue.ReturnWorkers(1);
            return;
        }

        _begun.Enqueue(lease.Delivery.Id);
        await _ends.WaitAsync();
        lease.Queue.Finish();
    }
}
