using System.Collections;
using EventTriggers.Consuming.Execution;
using EventTriggers.Serialization;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// What a host brings may throw wherever it is called: no worker, lease or loop ends for it, and nothing is tried for ever.
/// </summary>
public sealed class HostileHostTests(RedisFixture redis)
{
    public static TheoryData<string> Members => ["Log", "IsEnabled", "BeginScope"];

    public static TheoryData<string> ExceptionMembers =>
        ["Message", "ToString", "StackTrace", "Data", "Source", "HelpLink", "Inner", "Aggregate"];

    [Theory]
    [Trait("Fault", "111")]
    [MemberData(nameof(Members))]
    public async Task ALoggerThatThrows_EndsNoWorkerAndNoLease(string member)
    {
        var (logger, good) = (new Broken(member), 0);
        await using var host = TestHost.Create(
            redis,
            build =>
            {
                build.Services.AddSingleton<ILoggerFactory>(logger);
                build.AddHandler<OrderPlaced>(
                    (context, _) => context.Event.Number < 0 ? throw new InvalidOperationException("x") : Count(ref good));
            },
            static options => (options.Concurrency, options.MaxAttempts) = (2, 2)).Start();

        await host.Bus.PublishManyAsync([new OrderPlaced(-1), new OrderPlaced(-2), new OrderPlaced(-3)]);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 10).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()) is { Dead: 3, Processed: 10 }, "all are settled");

        good.Should().Be(10);
        (await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Dead }).ToListAsync()).Should()
            .OnlyContain(static one => one.Deliveries[0].Attempt == 2);
        if (member != "BeginScope")
        {
            logger.Thrown.Should().BePositive("else nothing was tried");
        }
    }

    [Theory]
    [MemberData(nameof(ExceptionMembers))]
    public async Task AnExceptionWhoseMembersThrow_IsToldAndTriedMaxAttemptsTimes(string member)
    {
        var runs = 0;
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((_, _) =>
            {
                Interlocked.Increment(ref runs);
                throw Nasty.Of(member);
            }),
            static options => options.MaxAttempts = 3).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        runs.Should().Be(3);
        var dead = (await host.Events.FindAsync(id))!.Deliveries[0];
        (dead.Attempt, dead.Error![..7]).Should().Be((3, member == "Aggregate" ? "System." : "EventTr"));
        host.Log.Texts.Should()
            .Contain(
                text => text.Contains($"Event {id} ", StringComparison.Ordinal) && text.Contains("dead letter", StringComparison.Ordinal));
    }

    // The serializer's exception is described, not kept: it may name what is in the payload.
    [Fact]
    public async Task ASerializerThatThrowsWhatCannotBeRead_EndsInADeadLetterAtOnce()
    {
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton<IEventSerializer>(
                provider => new BrokenSerializer(new JsonEventSerializer(provider.GetServices<PayloadMetadata>())));
            build.AddHandler<OrderPlaced>((_, _) => default);
        }).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        (await host.Events.FindAsync(id))!.Deliveries[0].Should().BeEquivalentTo(new { Attempt = 1 });
    }

    [Fact]
    public async Task ARetryPolicyThatThrowsWhatCannotBeRead_EndsInADeadLetter()
    {
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton<IRetryPolicy, BrokenPolicy>();
            build.AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("the handler's own"));
        }).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        (await host.Events.FindAsync(id))!.Deliveries[0].Error.Should().Contain("the handler's own");
    }

    [Fact]
    public async Task AMiddlewareThatThrowsWhatCannotBeRead_HasFailed()
    {
        await using var host = TestHost.Create(
            redis,
            build =>
            {
                build.Services.AddSingleton<IHandlerMiddleware, BrokenMiddleware>();
                build.AddHandler<OrderPlaced>((_, _) => default);
            },
            static options => options.MaxAttempts = 2).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        (await host.Events.FindAsync(id))!.Deliveries[0].Attempt.Should().Be(2);
    }

    // Nothing of what the edge around a delivery meets is tried for ever.
    [Fact]
    public async Task ARunnerThatThrows_IsTriedMaxAttemptsTimesWithBackoff()
    {
        await using var host = TestHost.Create(
            redis, configure: static options => (options.MaxAttempts, options.RetryDelay) = (2, TimeSpan.FromMilliseconds(1)));
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await Wait.UntilAsync(
                async () => (await consumer.ClaimAsync()) is [var lease] && await PassAsync(consumer, lease), "it is claimed");
        }

        var dead = (await host.Events.FindAsync(id))!.Deliveries[0];
        (dead.Status, dead.Attempt).Should().Be((DeliveryStatus.Dead, 2));
        dead.Error.Should().Contain("Nothing is run here.");
    }

    // A clock that fails for a while is an outage like any other.
    [Fact]
    public async Task AClockThatThrowsForAWhile_EndsNoLoop()
    {
        var clock = new BrokenClock();
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default),
            static options => options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(100),
            time: clock).Start();
        await host.AsleepAsync(new OrderPlaced(1));
        await using var other = TestHost.Create(redis, prefix: host.Prefix);
        var groups = other.Services.GetRequiredService<IGroupStore>();

        clock.IsBroken = true;
        await groups.SetConcurrencyAsync("default", 3);
        await Wait.UntilAsync(() => clock.Thrown > 20, "the loops have met it more than once");
        clock.IsBroken = false;
        await host.Bus.PublishAsync(new OrderPlaced(2));

        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "the loop goes on");
        await Wait.UntilAsync(
            async () => (await groups.ListConsumersAsync()).Single().Groups.Single(static one => one.Group == "default").Concurrency == 3,
            "and so does the one that reports");
    }

    private static ValueTask Count(ref int number)
    {
        Interlocked.Increment(ref number);
        return default;
    }

    private static async Task<bool> PassAsync(ManualConsumer consumer, Lease lease)
    {
        await consumer.PassAsync(lease);
        return true;
    }

    private sealed class Broken(string member) : ILoggerFactory, ILogger
    {
        private int _thrown;

        public int Thrown => _thrown;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => Throw<IDisposable?>("BeginScope", null);

        public bool IsEnabled(LogLevel logLevel) => Throw("IsEnabled", true);

        public void Log<TState>(
            LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
            string> formatter) =>
            Throw("Log", true);

        private T Throw<T>(string called, T otherwise)
        {
            if (called != member)
            {
                return otherwise;
            }

            Interlocked.Increment(ref _thrown);
            throw new IOException("No space left on device");
        }
    }

    private sealed class Nasty(string member, Exception? inner = null) : Exception("fine", inner)
    {
        public override string Message => member == "Message" ? throw new InvalidOperationException("no message") : base.Message;

        public override string? StackTrace => member == "StackTrace" ? throw new InvalidOperationException("no trace") : base.StackTrace;

        public override IDictionary Data => member == "Data" ? throw new InvalidOperationException("no data") : base.Data;

        public override string? Source { get =>
            member == "Source" ? throw new InvalidOperationException("no source") : base.Source; set => base.Source = value; }

        public override string? HelpLink { get =>
            member == "HelpLink" ? throw new InvalidOperationException("no link") : base.HelpLink; set => base.HelpLink = value; }

        public static Exception Of(string member) => member switch
        {
            "Inner" => new Nasty("nothing", new Nasty("Message")),
            "Aggregate" => new AggregateException(new Nasty("Message"), new InvalidOperationException("the other one")),
            _ => new Nasty(member),
        };

        public override string ToString() => member == "ToString" ? throw new InvalidOperationException("no text") : base.ToString();
    }

    private sealed class BrokenSerializer(IEventSerializer inner) : IEventSerializer
    {
        public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
            where TEvent : notnull => inner.Serialize(payload);

        public TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> json)
            where TEvent : notnull => throw Nasty.Of("Message");
    }

    private sealed class BrokenPolicy : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => throw Nasty.Of("Message");
    }

    private sealed class BrokenMiddleware : IHandlerMiddleware
    {
        public ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken) =>
            throw Nasty.Of("ToString");
    }

    private sealed class BrokenClock : TimeProvider
    {
        private int _thrown;

        public volatile bool IsBroken;

        public int Thrown => _thrown;

        public override long GetTimestamp() => IsBroken ? throw Failure() : System.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw Failure() : System.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            IsBroken ? throw Failure() : System.CreateTimer(callback, state, dueTime, period);

        private InvalidOperationException Failure()
        {
            Interlocked.Increment(ref _thrown);
            return new InvalidOperationException("no time");
        }
    }
}
