using System.Collections.Concurrent;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tests.Batches;

/// <summary>How batches come about and end, on a real server.</summary>
public sealed class BatchTests(RedisFixture redis)
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task ABatch_IsHandledInOneCall_WhenItIsFull()
    {
        var scene = new BatchScene();
        await using var host = Create(scene, size: 5, wait: Never).Start();

        await BatchScene.PublishAsync(host, [.. Enumerable.Range(1, 10)]);
        await BatchScene.EndedAsync(host, processed: 10);

        scene.Batches.Should().HaveCount(2).And.OnlyContain(static batch => batch.Length == 5);
        scene.Batches.SelectMany(static batch => batch).Should().BeEquivalentTo(Enumerable.Range(1, 10));
    }

    [Fact]
    public async Task ABatchThatIsNotFull_IsHandled_WhenItsFirstEventHasWaited_AndNotBefore()
    {
        var (scene, clock) = (new BatchScene(), Clock.At2030());
        await using var host = TestHost.Create(redis, build => build.AddBatchHandler<OrderPlaced>(
            (batch, _) =>
            {
                scene.Note(batch);
                return default;
            },
            static options => options.MaxWait = TimeSpan.FromSeconds(7)), time: clock).Start();
        await BatchScene.PublishAsync(host, 1, 2);
        await Wait.UntilAsync(() => BatchScene.Gathered(host).Count() == 2, "the time that the batch waits has begun");

        clock.Advance(TimeSpan.FromMilliseconds(6_999));
        await BatchScene.LeasedAsync(host, 2);
        scene.Calls.Should().BeEmpty();
        clock.Advance(TimeSpan.FromMilliseconds(1));

        await BatchScene.EndedAsync(host, processed: 2);
        scene.Batches.Should().ContainSingle().Which.Should().Equal(1, 2);
    }

    // One worker, and yet a batch of many: what is gathered takes none.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABatch_MayBeLargerThanTheConcurrency(bool isExclusive)
    {
        var scene = new BatchScene();
        await using var host = Create(
            scene, size: 50, wait: Never, static options => options.Concurrency = 1,
            build => _ = isExclusive ? build : build.AddHandler<Reminder>(static (_, _) => default)).Start();

        await BatchScene.PublishAsync(host, [.. Enumerable.Range(1, 50)]);
        await BatchScene.EndedAsync(host, processed: 50);

        scene.Batches.Should().ContainSingle().Which.Should().Equal(Enumerable.Range(1, 50));
    }

    [Fact]
    public async Task NothingWaitsBehindABatchThatIsGathered()
    {
        var scene = new BatchScene();
        await using var host = Create(
            scene, size: 50, wait: Never, static options => options.Concurrency = 1,
            static build => build.AddHandler<Reminder>(static (_, _) => default)).Start();
        await BatchScene.PublishAsync(host, 1);
        await BatchScene.LeasedAsync(host, 1);

        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the reminder is handled");

        (await host.Events.CountAsync()).Leased.Should().Be(1);
        scene.Calls.Should().BeEmpty();
    }

    [Fact]
    public async Task ABatch_TakesOneWorkerWhileItIsHandled()
    {
        var (running, most, finish) = (0, 0, new TaskCompletionSource());
        await using var host = TestHost.Create(
            redis,
            build => build.AddBatchHandler<OrderPlaced>(
                async (_, _) =>
                {
                    most = Math.Max(most, Interlocked.Increment(ref running));
                    await finish.Task;
                    Interlocked.Decrement(ref running);
                },
                static options => options.MaxSize = 2),
            static options => options.Concurrency = 3).Start();
        await BatchScene.PublishAsync(host, [.. Enumerable.Range(1, 20)]);
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 3, "all workers have a batch");
        finish.SetResult();

        await BatchScene.EndedAsync(host, processed: 20);

        most.Should().Be(3);
    }

    // The server, and not the process, says what the others got: nothing is claimed for which there is no worker.
    [Fact]
    public async Task WhileEveryWorkerHasABatch_TheRestIsLeftToOtherConsumers()
    {
        var (running, finish) = (0, new TaskCompletionSource());
        await using var host = TestHost.Create(
            redis,
            build => build.AddBatchHandler<OrderPlaced>(
                async (_, _) =>
                {
                    Interlocked.Increment(ref running);
                    await finish.Task;
                },
                static options => (options.MaxSize, options.MaxWait) = (10, Never)),
            static options => options.Concurrency = 1).Start();
        await BatchScene.PublishAsync(host, [.. Enumerable.Range(1, 200)]);
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 1, "the worker has a batch");

        var left = await new ManualConsumer(host, concurrency: 500).ClaimAllAsync();
        finish.SetResult();

        left.Should().HaveCountGreaterThanOrEqualTo(170, "the batch, what its claim brought with it, and one more batch at most are held");
    }

    [Fact]
    public async Task EachGroup_HasBatchesOfItsOwn()
    {
        var (one, other) = (new BatchScene(), new BatchScene());
        await using var host = Create(one, size: 2, wait: Never, build: build => build
            .AddGroup("search", group => group.AddBatchHandler<OrderPlaced>(
                (batch, _) =>
                {
                    batch.Group.Should().Be("search");
                    other.Note(batch);
                    return default;
                },
                static options => (options.MaxSize, options.MaxWait) = (4, Never)))
            .AddGroup("single", static group => group.AddHandler<OrderPlaced>(static (_, _) => default))).Start();

        await BatchScene.PublishAsync(host, 1, 2, 3, 4);
        foreach (var group in (string[])["default", "search", "single"])
        {
            await BatchScene.EndedAsync(host, processed: 4, group: group);
        }

        one.Batches.Should().HaveCount(2);
        other.Batches.Should().ContainSingle().Which.Should().Equal(1, 2, 3, 4);
    }

    [Fact]
    public async Task ABatch_HasEventsOfSeveralPartitions()
    {
        var scene = new BatchScene();
        await using var host = Create(scene, size: 40, wait: Never, static options => options.Partitions = 3).Start();

        await host.Bus.PublishSpreadAsync(Enumerable.Range(1, 40).Select(static n => new OrderPlaced(n)));
        await BatchScene.EndedAsync(host, processed: 40);

        scene.Batches.Should().ContainSingle().Which.Should().HaveCount(40);
    }

    // The server says when the leases end, and another consumer takes what has expired.
    [Fact]
    public async Task LeasesAreRenewedWhileABatchIsGathered()
    {
        var (scene, clock, lease) = (new BatchScene(), Clock.At2030(), TimeSpan.FromSeconds(20));
        await using var host = Create(
            scene, size: 2, wait: Never, options => (options.LeaseDuration, options.RenewalInterval) = (lease, lease / 4),
            time: clock).Start();
        var id = (await BatchScene.PublishAsync(host, 1))[0];
        await BatchScene.LeasedAsync(host, 1);

        for (var passed = TimeSpan.Zero; passed < 3 * lease; passed += lease / 4)
        {
            clock.Advance(lease / 4);
            var least = clock.GetUtcNow().ToUnixTimeMilliseconds() + (lease / 2).TotalMilliseconds;
            var looks = 0;
            await Wait.UntilAsync(
                async () =>
                {
                    // A timer that was set only after the clock went on waits for a little more.
                    clock.Advance(++looks % 20 == 0 ? lease / 20 : TimeSpan.Zero);
                    return await redis.Database.SortedSetScoreAsync(host.Keyspace.Partitions[0].Keys.Of("default").Leased, id) > least;
                },
                "the lease is renewed");
        }

        await new ManualConsumer(host, time: clock).ReapAsync();
        await BatchScene.PublishAsync(host, 2);
        await BatchScene.EndedAsync(host, processed: 2);

        scene.Calls.Should().ContainSingle().Which.Attempts.Should().Equal(1, 1);
    }

    [Fact]
    [Trait("Fault", "164")]
    public async Task WhatIsGatheredWhenTheHostStops_IsHandled()
    {
        var scene = new BatchScene();
        await using var host = Create(scene, size: 100, wait: Never).Start();
        await BatchScene.PublishAsync(host, 1, 2, 3);

        // What comes while the host stops is given back.
        await Wait.UntilAsync(() => BatchScene.Gathered(host).Count() == 3, "all are gathered");

        await Wait.ForAsync(host.StopAsync());

        scene.Batches.Should().ContainSingle().Which.Should().Equal(1, 2, 3);
        await BatchScene.EndedAsync(host, processed: 3);
    }

    [Fact]
    [Trait("Fault", "164")]
    public async Task ABatchThatOutlastsTheDrain_IsReleasedWithoutSpendingAttempts()
    {
        var started = new TaskCompletionSource();
        await using var host = TestHost.Create(
            redis,
            build => build.AddBatchHandler<OrderPlaced>(async (_, token) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            }, static options => options.MaxSize = 2),
            static options => options.DrainTimeout = TimeSpan.FromMilliseconds(50)).Start();
        await BatchScene.PublishAsync(host, 1, 2);
        await Wait.ForAsync(started.Task);

        await Wait.ForAsync(host.StopAsync());

        (await new ManualConsumer(host).ClaimAllAsync()).Select(static lease => lease.Delivery.Attempt).Should().Equal(1, 1);
    }

    // An event that is canceled while its batch is gathered never reaches the handler.
    [Fact]
    public async Task AnEventThatIsCanceledWhileItIsGathered_IsNotHandled()
    {
        var scene = new BatchScene();
        await using var host = Create(scene, size: 3, wait: Never).Start();
        var ids = await BatchScene.PublishAsync(host, 1, 2);
        await BatchScene.LeasedAsync(host, 2);

        await host.Events.CancelAsync(ids[0]);
        await Wait.UntilAsync(
            () => BatchScene.Gathered(host).Any(lease => lease.Delivery.Id == ids[0] && lease.Interruption == Interruption.Canceled),
            "the process knows that it is canceled");
        await BatchScene.PublishAsync(host, 3);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Leased == 0, "all is over");

        scene.Batches.Should().ContainSingle().Which.Should().Equal(2, 3);
        (await host.Events.FindAsync(ids[0]))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Canceled);
    }

    // The next event of a key is handed out when the one before has ended.
    [Fact]
    public async Task InAGroupThatOrdersByKey_ABatchHasOneEventOfAKey_AndTheOrderHolds()
    {
        var scene = new BatchScene();
        await using var host = TestHost.Create(redis, build => build.AddGroup("ordered", group => group.InOrder()
            .AddBatchHandler<OrderPlaced>(
                (batch, _) =>
                {
                    batch.Select(static item => item.Key).Should().OnlyHaveUniqueItems();
                    scene.Note(batch);
                    return default;
                },
                static options => (options.MaxSize, options.MaxWait) = (10, TimeSpan.FromMilliseconds(20)))));
        for (var n = 1; n <= 6; n++)
        {
            await host.Bus.PublishAsync(new OrderPlaced(n), new PublishOptions { Key = n % 2 == 0 ? "even" : "odd" });
        }

        host.Start();
        await BatchScene.EndedAsync(host, processed: 6, group: "ordered");

        scene.Batches.SelectMany(static batch => batch.Where(static n => n % 2 == 0)).Should().Equal(2, 4, 6);
        scene.Batches.SelectMany(static batch => batch.Where(static n => n % 2 == 1)).Should().Equal(1, 3, 5);
    }

    [Fact]
    public async Task Middleware_DoesNotRunAroundBatchHandlers()
    {
        var (scene, seen) = (new BatchScene(), new ConcurrentQueue<string>());
        await using var host = Create(scene, size: 1, wait: Never, build: build =>
        {
            build.Services.AddSingleton<IHandlerMiddleware>(new Noting(seen));
            build.AddHandler<Reminder>(static (_, _) => default);
        }).Start();

        await BatchScene.PublishAsync(host, 1);
        await host.Bus.PublishAsync(new Reminder(1));
        await BatchScene.EndedAsync(host, processed: 2);

        seen.Should().Equal("order.reminder");
    }

    [Fact]
    public async Task WhatAHandlerLogs_CarriesTheBatch()
    {
        await using var host = TestHost.Create(redis, build => build.AddBatchHandler<OrderPlaced>(
            static (batch, _) =>
            {
                batch.Services.GetRequiredService<ILogger<BatchTests>>().LogInformation("Indexing.");
                return default;
            },
            static options => options.MaxSize = 2)).Start();

        await BatchScene.PublishAsync(host, 1, 2);
        await BatchScene.EndedAsync(host, processed: 2);

        var scope = host.Log.ScopesAround("Indexing.").Should().ContainSingle().Which;
        (scope["Prefix"], scope["Group"], scope["EventType"], scope["BatchSize"]).Should()
            .Be((host.Prefix, "default", "order.placed", 2));
    }

    private TestHost Create(
        BatchScene scene, int size, TimeSpan wait, Action<RedisTriggersOptions>? configure = null,
        Action<IRedisTriggersBuilder>? build = null, TimeProvider? time = null) =>
        TestHost.Create(
            redis,
            builder =>
            {
                builder.AddBatchHandler<OrderPlaced>(
                    (batch, _) =>
                    {
                        scene.Note(batch);
                        return default;
                    },
                    options => (options.MaxSize, options.MaxWait) = (size, wait));
                build?.Invoke(builder);
            },
            configure,
            time);

    private sealed class Noting(ConcurrentQueue<string> seen) : IHandlerMiddleware
    {
        public ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
        {
            seen.Enqueue(context.Type);
            return next(context, cancellationToken);
        }
    }
}
