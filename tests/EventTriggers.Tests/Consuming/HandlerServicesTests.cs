using System.Collections.Concurrent;

namespace EventTriggers.Tests.Consuming;

/// <summary>Handler classes are made by the host's container: with keyed and scoped services, and disposed with their scope.</summary>
public sealed class HandlerServicesTests(RedisFixture redis)
{
    [Fact]
    public async Task AHandler_GetsKeyedAndScopedServices()
    {
        var seen = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(seen).AddScoped<Session>();
            build.Services.AddKeyedScoped<IGateway>("eu", static (_, _) => new Gateway("eu"));
            build.Services.AddKeyedScoped<IGateway>("us", static (_, _) => new Gateway("us"));
            build.AddHandler<OrderPlaced, Keyed>();
        }).Start();

        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "both are processed");

        seen.Should().HaveCount(2).And.OnlyContain(static text => text == "us, same scope");
    }

    [Fact]
    public async Task AHandlerThatNamesAMissingKey_EndsTheStartByName()
    {
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(new ConcurrentQueue<string>()).AddScoped<Session>();
            build.Services.AddKeyedScoped<IGateway>("eu", static (_, _) => new Gateway("eu"));
            build.AddHandler<OrderPlaced, Keyed>();
        });

        await host.Loop.Awaiting(static loop => Wait.ForAsync(loop.RunAsync(CancellationToken.None))).Should()
            .ThrowAsync<InvalidOperationException>()
            .WithMessage($"*Handler {typeof(Keyed).FullName}: *{typeof(IGateway)}*");
    }

    // Each is made once more at the start, to see that it can be; that one is disposed like the others.
    [Fact]
    public async Task Handlers_AreDisposedWithTheirScope_OnceEach_AlsoWhenTheyFail()
    {
        var steps = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton(steps);
            build.AddHandler<OrderPlaced, Disposed>().AddHandler<Reminder, AsyncDisposed>();
        }).Start();
        await Wait.UntilAsync(() => steps.Count == 2, "the start has made and disposed one of each");
        steps.Should().BeEquivalentTo("Disposed disposed", "AsyncDisposed disposed");
        steps.Clear();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the first is processed");
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "the second is processed");

        steps.Should().Equal(
            "Disposed 1", "Disposed disposed", "Disposed 2", "Disposed disposed",
            "AsyncDisposed 1", "AsyncDisposed disposed", "AsyncDisposed 2", "AsyncDisposed disposed");
    }

    // The success is recorded after its services are disposed: what they write when they are has happened.
    [Fact]
    public async Task AHandlersDisposal_IsAwaitedBeforeItsSuccessIsRecorded()
    {
        var (disposing, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddScoped(_ => new Slow(disposing, go));
            build.AddHandler<OrderPlaced>((context, _) =>
            {
                context.Services.GetRequiredService<Slow>();
                return default;
            });
        }).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.ForAsync(disposing.Task);

        (await host.Events.FindAsync(id))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Leased);
        go.SetResult();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");
    }

    // A scope that began now would never end.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Services_AfterTheHandlerHasEnded_AreRefused(bool hadScope)
    {
        var handled = new TaskCompletionSource<EventContext>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            if (hadScope)
            {
                context.Services.Should().NotBeNull();
            }

            handled.SetResult(context);
            return default;
        })).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var context = await Wait.ForAsync(handled.Task);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");

        context.Invoking(static one => one.Services).Should().Throw<InvalidOperationException>().WithMessage("The handler has ended*");
    }

    private interface IGateway
    {
        string Name { get; }
    }

    private sealed record Gateway(string Name) : IGateway;

    private sealed class Session;

    private sealed class Keyed([FromKeyedServices("us")] IGateway gateway, Session session, ConcurrentQueue<string> seen)
        : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
        {
            var isSame = ReferenceEquals(context.Services.GetRequiredService<Session>(), session)
                && ReferenceEquals(context.Services.GetRequiredKeyedService<IGateway>("us"), gateway);
            seen.Enqueue($"{gateway.Name}, {(isSame ? "same" : "another")} scope");
            return default;
        }
    }

    private sealed class Disposed(ConcurrentQueue<string> steps) : IEventHandler<OrderPlaced>, IDisposable
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
        {
            steps.Enqueue($"Disposed {context.Attempt}");
            return context.Attempt == 1 ? throw new InvalidOperationException("not yet") : default;
        }

        public void Dispose() => steps.Enqueue("Disposed disposed");
    }

    private sealed class AsyncDisposed(ConcurrentQueue<string> steps) : IEventHandler<Reminder>, IAsyncDisposable
    {
        public ValueTask HandleAsync(EventContext<Reminder> context, CancellationToken cancellationToken)
        {
            steps.Enqueue($"AsyncDisposed {context.Attempt}");
            return context.Attempt == 1 ? throw new InvalidOperationException("not yet") : default;
        }

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            steps.Enqueue("AsyncDisposed disposed");
        }
    }

    private sealed class Slow(TaskCompletionSource disposing, TaskCompletionSource go) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            disposing.SetResult();
            await go.Task;
        }
    }
}
