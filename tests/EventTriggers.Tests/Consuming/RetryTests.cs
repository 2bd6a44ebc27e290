using System.Collections.Concurrent;
using System.Text;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Consuming;

public sealed class RetryTests(RedisFixture redis)
{
    [Fact]
    public async Task AFailingHandler_IsTriedAgainUntilItSucceeds()
    {
        var attempts = new ConcurrentQueue<int>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            attempts.Enqueue(context.Attempt);
            return context.Attempt < 3 ? throw new InvalidOperationException("not yet") : default;
        })).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await ProcessedAsync(host, 1);

        attempts.Should().Equal(1, 2, 3);
        (await host.Events.FindAsync(id))!.Deliveries[0].Error.Should().Be("System.InvalidOperationException: not yet");
    }

    [Fact]
    public async Task AHandlerThatAlwaysFails_EndsAsADeadLetterThatCanBeRedriven()
    {
        var broken = true;
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((_, _) => broken ? throw new InvalidOperationException("broken") : default),
            options => options.MaxAttempts = 3).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");
        var dead = (await host.Events.FindAsync(id))!.Deliveries[0];
        broken = false;
        await host.Events.RedriveAsync(id);
        await ProcessedAsync(host, 1);

        (dead.Status, dead.Attempt, dead.Error).Should().Be((DeliveryStatus.Dead, 3, "System.InvalidOperationException: broken"));
        (await host.Events.CountAsync()).Dead.Should().Be(0);
    }

    [Fact]
    public async Task OfSeveralHandlers_OnlyThoseThatFailedRunAgain()
    {
        var runs = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced, First>()
            .AddHandler<OrderPlaced>((context, _) =>
            {
                runs.Enqueue($"second {context.Attempt}");
                return context.Attempt == 1 ? throw new InvalidOperationException("once") : default;
            })
            .AddHandler<OrderPlaced>((context, _) =>
            {
                runs.Enqueue($"third {context.Attempt}");
                return default;
            })
            .Services.AddSingleton(runs)).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await ProcessedAsync(host, 1);

        runs.Should().Equal("first 1", "second 1", "third 1", "second 2");
    }

    [Theory]
    [Trait("Fault", "96")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"number\":\"x\"}")]
    public async Task APayloadThatCannotBeRead_IsADeadLetterAtOnceAndTheQueueGoesOn(string json)
    {
        var handled = new ConcurrentQueue<int>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            handled.Enqueue(context.Event.Number);
            return default;
        })).Start();

        var bad = (await host.Bus.PublishRawAsync("order.placed", Encoding.UTF8.GetBytes(json))).Id;
        await host.Bus.PublishAsync(new OrderPlaced(2));
        await ProcessedAsync(host, 1);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        handled.Should().Equal(2);
        var dead = (await host.Events.FindAsync(bad))!;
        Encoding.UTF8.GetString(dead.Payload.Span).Should().Be(json, "its bytes stay");
        dead.Deliveries[0].Attempt.Should().Be(1);
        dead.Deliveries[0].Error.Should().Contain("cannot be read as EventTriggers.Tests.OrderPlaced");
    }

    [Fact]
    [Trait("Fault", "20")]
    public async Task APayloadWithUnknownMembers_IsRead()
    {
        var handled = new TaskCompletionSource<OrderPlaced>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            handled.TrySetResult(context.Event);
            return default;
        })).Start();

        await host.Bus.PublishRawAsync("order.placed", """{"number":3,"country":"FR","version":2}"""u8.ToArray());

        (await Wait.ForAsync(handled.Task)).Should().Be(new OrderPlaced(3, "FR"));
    }

    [Fact]
    public async Task AHandlerBeyondItsTimeout_HasFailed()
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, token) => await Task.Delay(Timeout.Infinite, token)),
            options =>
            {
                options.HandlerTimeout = TimeSpan.FromMilliseconds(50);
                options.MaxAttempts = 1;
            }).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        (await host.Events.FindAsync(id))!.Deliveries[0].Error.Should().Contain("ran longer than HandlerTimeout, 00:00:00.05");
    }

    // The handler's own.
    [Fact]
    [Trait("Fault", "13")]
    public async Task AHandlerThatCancelsItself_HasFailed()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>(
                (_, _) => throw new OperationCanceledException()), options => options.MaxAttempts = 2).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));

        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");
    }

    [Fact]
    public async Task TheHostsRetryPolicy_DecidesInstead()
    {
        await using var host = TestHost.Create(redis, build =>
        {
            // Registered after the default: the last one is resolved.
            build.Services.AddSingleton<IRetryPolicy, Never>();
            build.AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("x"));
        }).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        (await host.Events.FindAsync(id))!.Deliveries[0].Attempt.Should().Be(1);
    }

    [Fact]
    public async Task ARetryPolicyThatThrows_EndsInDeadLettersAndTheQueueGoesOn()
    {
        await using var host = TestHost.Create(
            redis,
            build =>
            {
                build.Services.AddSingleton<IRetryPolicy, Broken>();
                build.AddHandler<OrderPlaced>(
                    (context, _) => context.Event.Number < 5 ? throw new InvalidOperationException("x") : default);
            },
            options => options.Concurrency = 2).Start();

        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 6).Select(n => new OrderPlaced(n))]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()) is { Dead: 5, Processed: 1 }, "all are settled");

        var dead = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Dead }).FirstAsync();
        dead.Deliveries[0].Error.Should().Contain("The retry policy failed.");
    }

    [Fact]
    public void TheDefaultPolicy_DoublesItsLimitUpToTheLongestAndEnds()
    {
        var settings = GroupSettings.Of("default", new RedisTriggersOptions());
        TimeSpan? Longest(int failures) =>
            Enumerable.Range(0, 500).Max(_ => ExponentialBackoff.NextDelay(failures, settings.MaxAttempts, settings));

        Longest(1).Should()
            .BeCloseTo(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
        Longest(5).Should().BeCloseTo(TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(2)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(16));
        Longest(9).Should().BeLessThanOrEqualTo(TimeSpan.FromMinutes(10));
        Longest(10).Should().BeNull();
    }

    private static Task ProcessedAsync(TestHost host, int count) =>
        Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == count, $"{count} events are processed");

    public sealed class First(ConcurrentQueue<string> runs) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
        {
            runs.Enqueue($"first {context.Attempt}");
            return default;
        }
    }

    private sealed class Broken : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => throw new InvalidOperationException("broken policy");
    }

    private sealed class Never : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => null;
    }
}
