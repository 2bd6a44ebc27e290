using System.Collections.Concurrent;
using System.Text;

namespace EventTriggers.Tests.Batches;

/// <summary>A batch is so many deliveries, each with an outcome of its own.</summary>
public sealed class BatchOutcomeTests(RedisFixture redis)
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task AnEventThatIsMarked_IsRetriedWithoutTheOthers()
    {
        var scene = new BatchScene();
        await using var host = Create(scene, size: 3, Soon, static batch =>
        {
            foreach (var item in batch.Where(static item => item.Event.Number == 2 && item.Attempt == 1))
            {
                item.Fail(new InvalidOperationException("not this one"));
                item.Fail(new InvalidOperationException("the first counts"));
            }
        });

        var ids = await BatchScene.PublishAsync(host, 1, 2, 3);
        host.Start();
        await BatchScene.EndedAsync(host, processed: 3);

        scene.Batches.Select(static batch => string.Join(' ', batch)).Should().Equal("1 2 3", "2");
        var deliveries = await DeliveriesAsync(host, ids);
        deliveries.Select(static one => one.Attempt).Should().Equal(1, 2, 1);
        deliveries[1].Error.Should().Contain("not this one");
        deliveries.Where(static one => one.Attempt == 1).Should().OnlyContain(static one => one.Error == null);
    }

    [Fact]
    public async Task AHandlerThatThrows_FailsAllThatAreNotMarked_AndThoseWithTheirOwnFailure()
    {
        var scene = new BatchScene();
        await using var host = Create(scene, size: 3, Soon, static batch =>
        {
            if (batch.Any(static item => item.Attempt == 1))
            {
                batch.Single(static item => item.Event.Number == 2).Fail(new InvalidOperationException("its own"));
                throw new InvalidOperationException("the whole batch");
            }
        });

        var ids = await BatchScene.PublishAsync(host, 1, 2, 3);
        host.Start();
        await BatchScene.EndedAsync(host, processed: 3);

        var deliveries = await DeliveriesAsync(host, ids);
        deliveries.Should().OnlyContain(static one => one.Attempt == 2);
        deliveries.Select(static one => one.Attempts[0].Message).Should().Equal("the whole batch", "its own", "the whole batch");
    }

    // All come again together until three attempts have failed; then each is alone, and the others are saved.
    [Fact]
    public async Task APoisonousEvent_DiesAlone()
    {
        var scene = new BatchScene();
        await using var host = Create(
            scene, size: 5, Never,
            static batch =>
            {
                if (batch.Any(static item => item.Event.Number == 3))
                {
                    throw new InvalidOperationException("poison");
                }
            },
            static options => options.MaxAttempts = 6,
            static build => build.Services.AddSingleton<IRetryPolicy>(new AtOnce(maxAttempts: 6)));

        var ids = await BatchScene.PublishAsync(host, 1, 2, 3, 4, 5);
        host.Start();
        await BatchScene.EndedAsync(host, processed: 4, dead: 1);

        scene.Calls.Where(static call => call.Attempts.Max() <= 3).Should().HaveCount(3)
            .And.OnlyContain(static call => call.Numbers.Length == 5);
        scene.Calls.Where(static call => call.Attempts.Max() > 3).Should().OnlyContain(static call => call.Numbers.Length == 1);
        (await DeliveriesAsync(host, ids)).Select(static one => (one.Status, one.Attempt)).Should().Equal(
            (DeliveryStatus.Processed, 4), (DeliveryStatus.Processed, 4), (DeliveryStatus.Dead, 6), (DeliveryStatus.Processed, 4),
            (DeliveryStatus.Processed, 4));
    }

    [Fact]
    public async Task FollowUps_AppearWithTheSuccessOfTheirEvent_AndOnlyThen()
    {
        var (scene, followUps) = (new BatchScene(), new ConcurrentQueue<(int Number, string? Correlation)>());
        await using var host = Create(
            scene, size: 2, Soon,
            static batch =>
            {
                foreach (var item in batch)
                {
                    item.Publish(new Reminder(item.Event.Number));
                    if (item.Event.Number == 2)
                    {
                        item.Fail(new InvalidOperationException("no success, no follow-up"));
                    }
                }
            },
            static options => options.MaxAttempts = 2,
            build => build.AddHandler<Reminder>((context, _) =>
            {
                followUps.Enqueue((context.Event.Number, context.CorrelationId));
                return default;
            }));

        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { CorrelationId = "request-91" });
        await host.Bus.PublishAsync(new OrderPlaced(2));
        host.Start();
        await BatchScene.EndedAsync(host, processed: 2, dead: 1);

        followUps.Should().Equal((1, "request-91"));
    }

    [Fact]
    public async Task AnEventThatCannotBeRead_IsADeadLetterAtOnce_AndTheOthersAreHandled()
    {
        var scene = new BatchScene();
        await using var host = Create(scene, size: 3, Never, static _ => { });
        await BatchScene.PublishAsync(host, 1);
        var bad = (await host.Bus.PublishRawAsync("order.placed", Encoding.UTF8.GetBytes("""{"number":"x"}"""))).Id;
        await BatchScene.PublishAsync(host, 3);

        host.Start();
        await BatchScene.EndedAsync(host, processed: 2, dead: 1);

        scene.Batches.Should().ContainSingle().Which.Should().Equal(1, 3);
        (await DeliveriesAsync(host, bad))[0].Attempt.Should().Be(1);
    }

    [Fact]
    public async Task ABatchBeyondItsTime_FailsWithATimeout()
    {
        var clock = Clock.At2030();
        var scene = new BatchScene();
        await using var host = TestHost.Create(
            redis,
            build => build.AddBatchHandler<OrderPlaced>(
                async (batch, token) =>
                {
                    scene.Note(batch);
                    await (batch[0].Attempt == 1 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask);
                },
                static options => options.MaxSize = 2),
            static options => options.HandlerTimeout = TimeSpan.FromMinutes(1),
            time: clock).Start();
        var ids = await BatchScene.PublishAsync(host, 1, 2);
        await Wait.UntilAsync(() => scene.Calls.Count == 1, "the batch is handled");

        await ProcessedAsync(host, clock, 2);

        (await DeliveriesAsync(host, ids)).Select(static one => one.Attempts[0].ErrorType).Should()
            .OnlyContain(static type => type == typeof(TimeoutException).FullName);
    }

    [Fact]
    [Trait("Fault", "165")]
    public async Task ABatchHandlerThatIgnoresItsToken_LosesItsEvents_AndItsWorkerIsReportedStuck()
    {
        var clock = Clock.At2030();
        var (scene, finish, late) = (new BatchScene(), new ManualResetEventSlim(), new TaskCompletionSource<Exception?>());
        await using var host = TestHost.Create(
            redis,
            build => build.AddBatchHandler<OrderPlaced>(
                (batch, _) =>
                {
                    scene.Note(batch);
                    if (batch[0].Attempt == 1)
                    {
                        // It even blocks its thread.
                        finish.Wait(CancellationToken.None);
                        late.SetResult(Thrown(() => batch[0].Fail(new InvalidOperationException("too late"))));
                    }

                    return default;
                },
                static options => options.MaxSize = 2),
            static options => (options.HandlerTimeout, options.Concurrency) = (TimeSpan.FromMinutes(1), 2),
            time: clock).Start();
        var ids = await BatchScene.PublishAsync(host, 1, 2);
        await Wait.UntilAsync(() => scene.Calls.Count == 1, "the batch is handled");

        await ProcessedAsync(host, clock, 2);
        host.Loop.Status.StuckHandlers.Should().Be(1);
        finish.Set();

        (await Wait.ForAsync(late.Task)).Should().BeOfType<InvalidOperationException>("nothing would record it");
        host.Log.TextsOf("72").Should().ContainSingle();
        (await DeliveriesAsync(host, ids)).Should().OnlyContain(static one => one.Attempt == 2)
            .And.OnlyContain(static one => one.Error!.Contains("ignores its cancellation token"));
        await Wait.UntilAsync(() => host.Loop.Status.StuckHandlers == 0, "the handler has returned");
    }

    // Another consumer has taken one of the events meanwhile.
    [Fact]
    [Trait("Fault", "163")]
    public async Task AnEventWhoseLeaseIsLost_SaysSo_AndTheOthersGoOn()
    {
        var (begun, isCanceled) = (new TaskCompletionSource(), (bool?)null);
        var lost = new ConcurrentQueue<int>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddBatchHandler<OrderPlaced>(
                async (batch, token) =>
                {
                    begun.TrySetResult();
                    await Wait.UntilAsync(() => batch.Any(static item => item.LeaseIsLost), "a lease is lost");
                    foreach (var item in batch.Where(static item => item.LeaseIsLost))
                    {
                        await Wait.UntilAsync(() => item.CancellationToken.IsCancellationRequested, "its token is canceled");
                        lost.Enqueue(item.Event.Number);
                    }

                    isCanceled = token.IsCancellationRequested;
                },
                static options => options.MaxSize = 3),
            static options => options.RenewalInterval = TimeSpan.FromMilliseconds(50)).Start();
        var ids = await BatchScene.PublishAsync(host, 1, 2, 3);
        await Wait.ForAsync(begun.Task);

        // As a reaper does that no longer hears of this process. A renewal puts the end of the lease off again, so it may take a few tries.
        var other = new ManualConsumer(host);
        await Wait.UntilAsync(
            async () =>
            {
                await redis.Database.SortedSetAddAsync(
                    host.Keyspace.Partitions[0].Keys.Of("default").Leased, ids[1], 1, StackExchange.Redis.SortedSetWhen.Exists);
                await other.ReapAsync();
                return (await host.Events.FindAsync(ids[1]))!.Deliveries[0].Crashes == 1;
            },
            "the lease of the second is taken away");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed >= 2, "the others are processed");

        lost.Should().Equal(2);
        isCanceled.Should().BeFalse("the others go on");
        (await DeliveriesAsync(host, ids[0], ids[2])).Should().OnlyContain(static one => one.Status == DeliveryStatus.Processed);
    }

    [Fact]
    public async Task ABatch_HasAScopeOfItsOwn_ThatEndsBeforeItsSuccessIsRecorded()
    {
        var steps = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(steps).AddScoped<Unit>();
            build.AddBatchHandler<OrderPlaced, Indexing>(static options => (options.MaxSize, options.MaxWait) = (2, Soon));
        });

        var ids = await BatchScene.PublishAsync(host, 1, 2);
        host.Start();
        await BatchScene.EndedAsync(host, processed: 2);

        // One was made at the start, to see that it can be; the first that handled something failed to be disposed.
        steps.Take(3).Should().Equal("dispose 0", "handle 2", "dispose 2");
        (await DeliveriesAsync(host, ids)).Should().OnlyContain(static one => one.Attempt == 2)
            .And.OnlyContain(static one => one.Error!.Contains("cannot be disposed"));
    }

    private static async Task<IReadOnlyList<DeliveryRecord>> DeliveriesAsync(TestHost host, params string[] ids)
    {
        var deliveries = new List<DeliveryRecord>();
        foreach (var id in ids)
        {
            deliveries.Add((await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which);
        }

        return deliveries;
    }

    private static Task ProcessedAsync(TestHost host, Microsoft.Extensions.Time.Testing.FakeTimeProvider clock, int count) =>
        Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                return (await host.Events.CountAsync()).Processed == count;
            },
            $"{count} are processed");

    private static Exception? Thrown(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }

    private TestHost Create(
        BatchScene scene, int size, TimeSpan wait, Action<EventBatch<OrderPlaced>> handle,
        Action<RedisTriggersOptions>? configure = null, Action<IRedisTriggersBuilder>? build = null) =>
        TestHost.Create(
            redis,
            builder =>
            {
                builder.AddBatchHandler<OrderPlaced>(
                    (batch, _) =>
                    {
                        scene.Note(batch);
                        handle(batch);
                        return default;
                    },
                    options => (options.MaxSize, options.MaxWait) = (size, wait));
                build?.Invoke(builder);
            },
            configure);

    private sealed class AtOnce(int maxAttempts) : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => failure.Failures >= maxAttempts ? null : TimeSpan.Zero;
    }

    private sealed class Unit(ConcurrentQueue<string> steps) : IDisposable
    {
        public int Events { get; set; }

        public bool MustFail { get; set; }

        public void Dispose()
        {
            steps.Enqueue($"dispose {Events}");
            if (MustFail)
            {
                throw new InvalidOperationException("It cannot be disposed.");
            }
        }
    }

    private sealed class Indexing(Unit unit, ConcurrentQueue<string> steps) : IBatchHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventBatch<OrderPlaced> batch, CancellationToken cancellationToken)
        {
            steps.Enqueue($"handle {batch.Count}");
            batch.Services.GetRequiredService<Unit>().Should().BeSameAs(unit);
            (unit.Events, unit.MustFail) = (batch.Count, batch[0].Attempt == 1);
            return default;
        }
    }
}
