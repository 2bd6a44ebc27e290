using System.Collections.Concurrent;

namespace EventTriggers.Tests.Consuming;

/// <summary>Each handler of an event has an outcome of its own: so it has a scope of its own, and its publishing ends with it.</summary>
public sealed class HandlerScopeTests(RedisFixture redis)
{
    [Fact]
    public async Task HandlersOfOneEvent_HaveAScopeEach_AndWhatAFailedOneLeftIsNotCommitted()
    {
        var committed = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddScoped(_ => new UnitOfWork(committed));
            build
                .AddHandler<OrderPlaced>((context, _) =>
                {
                    context.Services.GetRequiredService<UnitOfWork>().Changes.Add($"left {context.Attempt}");
                    return context.Attempt == 1 ? throw new InvalidOperationException("not yet") : default;
                })
                .AddHandler<OrderPlaced>((context, _) =>
                {
                    var unit = context.Services.GetRequiredService<UnitOfWork>();
                    unit.Changes.Add("mine");
                    unit.Commit();
                    return default;
                });
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        committed.Should().Equal("mine");
    }

    [Fact]
    public async Task AScopeThatCannotBeDisposed_IsTheFailureOfItsHandlerAlone()
    {
        var runs = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddScoped<Fragile>();
            build
                .AddHandler<OrderPlaced>((context, _) =>
                {
                    runs.Enqueue($"first {context.Attempt}");
                    context.Services.GetRequiredService<Fragile>().IsBroken = context.Attempt == 1;
                    return default;
                })
                .AddHandler<OrderPlaced>((context, _) =>
                {
                    runs.Enqueue($"second {context.Attempt}");
                    return default;
                });
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        runs.Should().Equal("first 1", "second 1", "first 2");
    }

    [Fact]
    public async Task Publish_ThroughTheContextAfterItsHandlerHasReturned_IsRefusedAndNamesTheBus()
    {
        var handled = new TaskCompletionSource<EventContext>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            context.Publish(new Reminder(1));
            handled.SetResult(context);
            return default;
        })).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var context = await Wait.ForAsync(handled.Task);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");

        var publish = () => context.Publish(new Reminder(2));

        publish.Should().Throw<InvalidOperationException>().WithMessage($"*'{context.Id}' has ended*IEventBus*");
        (await redis.Database.ListLengthAsync($"{{{host.Prefix}:0}}:unrouted:order.reminder")).Should()
            .Be(1, "what it published in time is there");
    }

    [Fact]
    public async Task Failures_AreLoggedWithTheirHandlersAndGroup_AndOutcomesWithTheirGroup()
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((_, _) => default)
                .AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("x")).AddHandler<OrderPlaced, Failing>(),
            static options => (options.MaxAttempts, options.Group) = (2, "billing")).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(
            () => host.Log.Texts.Any(
                static text => text.Contains("is recorded: Dead", StringComparison.Ordinal)), "it is a dead letter, and told");

        var failing = typeof(Failing).FullName;
        host.Log.Texts.Should()
            .ContainSingle(
                text => text.StartsWith(
                    $"Event {id} of type order.placed failed in group billing on attempt 1, in delegate-2, {failing}; it is retried in ",
                    StringComparison.Ordinal));
        host.Log.Texts.Should()
            .ContainSingle(
                text => text.StartsWith(
                    $"Event {id} of type order.placed became a dead letter of group billing on attempt 2, in delegate-2, {failing}.",
                    StringComparison.Ordinal));
        host.Log.Texts.Should()
            .Contain(text => text.StartsWith($"The outcome of event {id} in group billing is recorded: Retry.", StringComparison.Ordinal));
    }

    public sealed class Failing : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("y");
    }

    private sealed class UnitOfWork(ConcurrentQueue<string> committed)
    {
        public List<string> Changes { get; } = [];

        public void Commit() => Changes.ForEach(committed.Enqueue);
    }

    private sealed class Fragile : IDisposable
    {
        public bool IsBroken { get; set; }

        public void Dispose()
        {
            if (IsBroken)
            {
                throw new InvalidOperationException("cannot be disposed");
            }
        }
    }
}
