namespace EventTriggers.Tests.DependencyInjection;

/// <summary>Two payload types of one wire name would each get the other's events, filled with defaults.</summary>
public sealed class WireNameTests(RedisFixture redis)
{
    public static TheoryData<string, Action<IRedisTriggersBuilder>> OneNameForTwo => new()
    {
        { "two handlers", build => build.AddHandler<Paid>(Ignore).AddHandler<Settled>(Ignore) },
        { "two handler classes", build => build.AddHandler<Paid, PaidHandler>().AddHandler<Settled, SettledHandler>() },
        { "a handler, then an event", build => build.AddHandler<Paid>(Ignore).AddEvent<OrderPlaced>("paid") },
        { "an event, then a handler", build => build.AddEvent<OrderPlaced>("paid").AddHandler<Paid>(Ignore) },
        { "a name that is another's full name", build => build.AddHandler<Plain>(Ignore).AddEvent<OrderPlaced>(typeof(Plain).FullName!) },
        { "an attribute that is another's full name", build => build.AddHandler<Plain>(Ignore).AddHandler<CalledPlain>(Ignore) },
    };

    [Theory]
    [MemberData(nameof(OneNameForTwo))]
    public void Add_OfTwoTypesWithOneName_IsRefusedWithBoth(string what, Action<IRedisTriggersBuilder> build)
    {
        var add = () => build(new ServiceCollection().AddRedisTriggers());

        var message = add.Should().Throw<InvalidOperationException>(what).Which.Message;

        var names = new[] { typeof(Paid), typeof(Settled), typeof(OrderPlaced), typeof(Plain), typeof(CalledPlain) };
        names.Count(name => message.Contains($"{name} ", StringComparison.Ordinal)).Should().Be(2, message);
    }

    [Fact]
    public async Task Publish_OfASecondTypeWithTheNameOfOneThatIsHandled_IsRefusedWithBoth()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<Paid>(Ignore));
        await host.Bus.PublishAsync(new Paid(1));

        await host.Bus.Awaiting(bus => bus.PublishAsync(new Settled("x")).AsTask())
            .Should().ThrowAsync<InvalidOperationException>().WithMessage($"*{typeof(Paid)}*{typeof(Settled)}*'paid'*");
    }

    [Fact]
    public void Add_OfTwoTypesThatWereGivenNamesOfTheirOwn_IsAccepted()
    {
        var builder = new ServiceCollection().AddRedisTriggers();

        builder.Invoking(build => build.AddEvent<Settled>("settled").AddHandler<Paid>(Ignore).AddHandler<Settled>(Ignore)).Should()
            .NotThrow();
    }

    // Whoever names the events to handle knows what they are.
    [Fact]
    public async Task Handlers_ThatNameTheEventsThemselves_MayReadThemAsTypesOfTheirOwn()
    {
        var seen = new TaskCompletionSource<Seen>();
        var paid = new TaskCompletionSource<Paid>();
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<Paid>((context, _) => Note(paid, context.Event))
            .AddHandler<Seen>((context, _) => Note(seen, context.Event), "paid")).Start();

        await host.Bus.PublishAsync(new Paid(7));

        (await Wait.ForAsync(paid.Task)).Should().Be(new Paid(7));
        (await Wait.ForAsync(seen.Task)).Should().Be(new Seen(7));
    }

    private static ValueTask Note<T>(TaskCompletionSource<T> seen, T value)
    {
        seen.TrySetResult(value);
        return default;
    }

    private static ValueTask Ignore<T>(EventContext<T> context, CancellationToken cancellationToken) => default;

    [EventType("paid")]
    private sealed record Paid(int Order);

    [EventType("paid")]
    private sealed record Settled(string Name);

    private sealed record Seen(int Order);

    private sealed class PaidHandler : IEventHandler<Paid>
    {
        public ValueTask HandleAsync(EventContext<Paid> context, CancellationToken cancellationToken) => default;
    }

    private sealed class SettledHandler : IEventHandler<Settled>
    {
        public ValueTask HandleAsync(EventContext<Settled> context, CancellationToken cancellationToken) => default;
    }
}

internal sealed record Plain(int Number);

[EventType("EventTriggers.Tests.DependencyInjection.Plain")]
internal sealed record CalledPlain(int Number);
