using System.Collections.Concurrent;

namespace EventTriggers.Tests.Consuming;

/// <summary>Middleware belongs to the scope of the handler around which it runs.</summary>
public sealed class MiddlewareTests(RedisFixture redis)
{
    [Fact]
    public async Task AddMiddleware_SharesTheScopeOfItsHandler_AndNoOther()
    {
        var steps = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(steps).AddScoped<Unit>();
            build.AddMiddleware<Committing>()
                .AddHandler<OrderPlaced>((context, _) =>
                {
                    context.Services.GetRequiredService<Unit>().Changes.Add("first");
                    return default;
                })
                .AddHandler<OrderPlaced, Changing>();
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        // The first was made at the start, to see that it can be.
        steps.Should().Equal("dispose", "begin", "commit first", "dispose", "begin", "commit class", "dispose");
    }

    [Fact]
    public async Task AMiddleware_RunsAroundHandlersOfEveryGroup_AndFailsThem()
    {
        var runs = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(runs);
            build.AddMiddleware<FailingOnce>().AddHandler<OrderPlaced>((_, _) => default)
                .AddGroup("billing", group => group.AddHandler<OrderPlaced>((_, _) => default));
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () =>
            (await host.Events.CountAsync()).Processed == 1
            && (await host.Events.CountAsync("billing")).Processed == 1, "both have handled it");

        runs.Should().BeEquivalentTo("1", "2", "1", "2");
    }

    [Fact]
    public async Task Middleware_OfEitherKind_WrapsInTheOrderInWhichItIsAdded()
    {
        var steps = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(steps);
            build.AddMiddleware<Outer>();
            build.Services.AddSingleton<IHandlerMiddleware>(new Between(steps));
            build.AddMiddleware<Inner>().AddHandler<OrderPlaced>((_, _) =>
            {
                steps.Enqueue("handler");
                return default;
            });
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        steps.Should().Equal("Outer", "Between", "Inner", "handler", "Inner end", "Between end", "Outer end");
    }

    [Fact]
    public async Task AMiddlewareThatIsRegistered_KeepsItsLifetime()
    {
        var steps = new ConcurrentQueue<string>();
        var single = new Outer(steps);
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(single);
            build.AddMiddleware<Outer>().AddHandler<OrderPlaced>((context, _) =>
            {
                steps.Enqueue(ReferenceEquals(context.Services.GetRequiredService<Outer>(), single) ? "same" : "another");
                return default;
            });
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        steps.Should().Equal("Outer", "same", "Outer end");
    }

    [Fact]
    public async Task Middleware_OfOneBus_DoesNotRunForAnother()
    {
        var steps = new ConcurrentQueue<string>();
        var handled = new TaskCompletionSource();
        var services = new ServiceCollection().AddSingleton(steps);
        services.AddSingleton<StackExchange.Redis.IConnectionMultiplexer>(redis.HostConnection);
        services.AddRedisTriggers(options => options.KeyPrefix = RedisFixture.NewPrefix()).AddMiddleware<Outer>();
        services.AddKeyedRedisTriggers("audit", options => options.KeyPrefix = RedisFixture.NewPrefix())
            .AddMiddleware<Inner>().AddHandler<OrderPlaced>((_, _) =>
            {
                handled.TrySetResult();
                return default;
            });
        await using var provider = services.BuildServiceProvider();
        using var stop = new CancellationTokenSource();
        var loop = provider.GetRequiredKeyedService<IConsumerLoop>("audit").RunAsync(stop.Token);

        await provider.GetRequiredKeyedService<IEventBus>("audit").PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(handled.Task);
        await stop.CancelAsync();
        await loop;

        steps.Should().Equal("Inner", "Inner end");
    }

    [Fact]
    public void AddMiddleware_Twice_IsRefusedByName()
    {
        var builder = new ServiceCollection().AddRedisTriggers().AddMiddleware<Outer>().AddMiddleware<Inner>();

        builder.Invoking(static build => build.AddMiddleware<Outer>()).Should().Throw<InvalidOperationException>()
            .WithMessage($"{typeof(Outer)} is already added*");
    }

    [Fact]
    public async Task AMiddlewareWhoseServicesAreMissing_EndsTheStartByName()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddMiddleware<Committing>().AddHandler<OrderPlaced>((_, _) => default));

        await host.Loop.Awaiting(static loop => Wait.ForAsync(loop.RunAsync(CancellationToken.None))).Should()
            .ThrowAsync<InvalidOperationException>()
            .WithMessage($"*Middleware {typeof(Committing)}: *{typeof(Unit)}*");
    }

    private sealed class Unit(ConcurrentQueue<string> steps) : IAsyncDisposable
    {
        public List<string> Changes { get; } = [];

        public ValueTask DisposeAsync()
        {
            steps.Enqueue("dispose");
            return default;
        }
    }

    private sealed class Committing(Unit unit, ConcurrentQueue<string> steps) : IHandlerMiddleware
    {
        public async ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
        {
            steps.Enqueue("begin");
            await next(context, cancellationToken);
            steps.Enqueue($"commit {string.Join(' ', unit.Changes)}");
        }
    }

    private sealed class Changing(Unit unit) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
        {
            unit.Changes.Add("class");
            return default;
        }
    }

    private sealed class FailingOnce(ConcurrentQueue<string> runs) : IHandlerMiddleware
    {
        public ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
        {
            runs.Enqueue($"{context.Attempt}");
            return context.Attempt == 1 ? throw new InvalidOperationException("not yet") : next(context, cancellationToken);
        }
    }

    private abstract class Noting(ConcurrentQueue<string> steps) : IHandlerMiddleware
    {
        public async ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
        {
            steps.Enqueue(GetType().Name);
            await next(context, cancellationToken);
            steps.Enqueue($"{GetType().Name} end");
        }
    }

    private sealed class Outer(ConcurrentQueue<string> steps) : Noting(steps);

    private sealed class Between(ConcurrentQueue<string> steps) : Noting(steps);

    private sealed class Inner(ConcurrentQueue<string> steps) : Noting(steps);
}
