using System.Collections.Concurrent;

namespace EventTriggers.Tests.Consuming;

public sealed class HandlingTests(RedisFixture redis)
{
    [Fact]
    public async Task AHandler_GetsTheEventAndWhatIsKnownOfIt()
    {
        var handled = new TaskCompletionSource<EventContext<OrderPlaced>>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            handled.TrySetResult(context);
            return default;
        })).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(42), new PublishOptions
        {
            CorrelationId = "c1", Headers = new Dictionary<string, string> { ["k"] = "v" },
        })).Id;
        var context = await Wait.ForAsync(handled.Task);

        (context.Id, context.Type, context.Attempt, context.CorrelationId).Should().Be((id, "order.placed", 1, "c1"));
        context.Event.Should().Be(new OrderPlaced(42));
        context.Headers.Should().Equal(new Dictionary<string, string> { ["k"] = "v" });
        context.PublishedAt.Should().Be((await host.Events.FindAsync(id))!.PublishedAt);
        context.Firing.Should().BeNull();
    }

    [Fact]
    public async Task AHandlerClass_IsResolvedFromAFreshScopeForEachDelivery()
    {
        var scopes = new ConcurrentBag<Scoped>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(scopes).AddScoped<Scoped>();
            build.AddHandler<OrderPlaced, ScopedHandler>();
        }).Start();

        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "both are processed");

        scopes.Should().HaveCount(2).And.OnlyHaveUniqueItems().And.OnlyContain(scoped => scoped.IsDisposed);
    }

    [Fact]
    public async Task Middleware_WrapsInTheOrderOfItsRegistration()
    {
        var steps = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton<IHandlerMiddleware>(new Recorder("outer", steps));
            build.Services.AddSingleton<IHandlerMiddleware>(new Recorder("inner", steps));
            build.AddHandler<OrderPlaced>((_, _) =>
            {
                steps.Enqueue("handler");
                return default;
            });
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        steps.Should().Equal("outer order.placed", "inner order.placed", "handler", "inner end", "outer end");
    }

    [Fact]
    [Trait("Fault", "105")]
    public async Task Handlers_RunAtMostAsManyAtATimeAsAllowed()
    {
        var (running, most) = (0, 0);
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, token) =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref running));
                await Task.Delay(2, token);
                Interlocked.Decrement(ref running);
            }),
            options => options.Concurrency = 4).Start();

        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 200).Select(n => new OrderPlaced(n))]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 200, "all are processed");

        most.Should().Be(4);
    }

    [Fact]
    public async Task ADelayedEvent_IsHandledWhenItIsReady()
    {
        var handled = new TaskCompletionSource();
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<Reminder>((_, _) => default)
            .AddHandler<OrderPlaced>((_, _) =>
            {
                handled.TrySetResult();
                return default;
            })).Start();
        await host.AsleepAsync(new Reminder(1));

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromMilliseconds(200) })).Id;
        var before = handled.Task.IsCompleted;
        await Wait.ForAsync(handled.Task);

        before.Should().BeFalse();
        (await host.Events.FindAsync(id))!.DueAt.Should().NotBeNull();
    }

    [Fact]
    public async Task Cancel_OfARunningHandler_CancelsItsTokenAndTheEvent()
    {
        var started = new TaskCompletionSource();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>(async (_, token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        })).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.ForAsync(started.Task);

        var outcome = await host.Events.CancelAsync(id);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Leased == 0, "the handler has ended");

        outcome.Should().Be(CancelOutcome.Signaled);
        (await host.Events.FindAsync(id))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Canceled);
        (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
    }

    [Fact]
    public async Task Cancel_OfAHandlerThatCompletesAllTheSame_LeavesItProcessed()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>(async (_, _) =>
        {
            started.TrySetResult();
            await finish.Task;
        })).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.ForAsync(started.Task);

        await host.Events.CancelAsync(id);
        finish.SetResult();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Leased == 0, "the handler has ended");

        (await host.Events.FindAsync(id))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Processed);
    }

    [Fact]
    public async Task Run_Twice_IsRefused()
    {
        await using var host = TestHost.Create(redis).Start();

        var second = () => host.Loop.RunAsync(CancellationToken.None);

        await second.Should().ThrowAsync<InvalidOperationException>().WithMessage("*already running*");
    }

    // A ring is a hint: with the channel silent, the fallback poll finds the event.
    [Fact]
    public async Task APublishWithoutARing_IsHandledByThePollInterval()
    {
        var handled = new TaskCompletionSource();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((_, _) =>
            {
                handled.TrySetResult();
                return default;
            }),
            options => (
                options.PollInterval, options.PollIntervalWhenDisconnected) = (
                    TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(300))).Start();
        await host.Bus.PublishAsync(new Reminder(1));
        var keys = host.Keyspace.Partitions[0].Keys;

        await redis.Database.HashSetAsync(
            keys.Event("quiet"), [
                new("type", "order.placed"), new("data", """{"number":1}"""), new("at", 1), new("status:default", "ready"),
            ]);
        await redis.Database.ListLeftPushAsync(keys.Of("default").Ready, "quiet");

        await Wait.ForAsync(handled.Task);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int known;
        while ((known = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, known) != known)
        {
        }
    }

    public sealed class Scoped : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    public sealed class ScopedHandler(Scoped scoped, ConcurrentBag<Scoped> scopes) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
        {
            scopes.Add(scoped);
            return default;
        }
    }

    private sealed class Recorder(string name, ConcurrentQueue<string> steps) : IHandlerMiddleware
    {
        public async ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
        {
            steps.Enqueue($"{name} {context.Type}");
            await next(context, cancellationToken);
            steps.Enqueue($"{name} end");
        }
    }
}
