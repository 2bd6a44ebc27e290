using EventTriggers.Testing;

namespace EventTriggers.Tests.TestKit;

/// <summary>The bus for unit tests answers and refuses as a real one does; the judge is a real one.</summary>
public sealed class TestEventBusTests(RedisFixture redis)
{
    private static readonly Dictionary<string, Func<IEventBus, Task>> Calls = new(StringComparer.Ordinal)
    {
        ["bad id"] = bus => bus.PublishAsync(new Reminder(1), new PublishOptions { Id = "a b" }).AsTask(),
        ["long id"] = bus => bus.PublishAsync(new Reminder(1), new PublishOptions { Id = new string('x', 201) }).AsTask(),
        ["derived id"] = bus => bus.PublishAsync(new Reminder(1), new PublishOptions { Id = "a/+b" }).AsTask(),
        ["negative delay"] = bus => bus.PublishAsync(new Reminder(1), new PublishOptions { Delay = TimeSpan.FromSeconds(-1) }).AsTask(),
        ["delay and moment"] = bus => bus.PublishAsync(
            new Reminder(1), new PublishOptions { Delay = TimeSpan.FromSeconds(1), DueAt = DateTimeOffset.UnixEpoch }).AsTask(),
        ["expiry before delay"] = bus => bus.PublishAsync(
            new Reminder(1), new PublishOptions { Delay = TimeSpan.FromSeconds(2), ExpiresAfter = TimeSpan.FromSeconds(1) }).AsTask(),
        ["large payload"] = bus => bus.PublishAsync(new OrderPlaced(1, new string('x', 262_144))).AsTask(),
        ["null"] = bus => bus.PublishAsync<Reminder>(null!).AsTask(),
        ["cut payload"] = bus => bus.PublishAsync<object>(new NoEvent(1)).AsTask(),
        ["no name"] = bus => bus.PublishAsync(new Dictionary<string, int>()).AsTask(),
        ["bad type"] = bus => bus.PublishRawAsync("a b", "1"u8.ToArray()).AsTask(),
        ["bad json"] = bus => bus.PublishRawAsync("a", "{"u8.ToArray()).AsTask(),
        ["name twice"] = bus => bus.PublishRawAsync("a", """{"a":1,"a":2}"""u8.ToArray()).AsTask(),
        ["many headers"] = bus => bus.PublishAsync(
            new Reminder(1), new PublishOptions { Headers = Enumerable.Range(0, 65).ToDictionary(n => $"h{n}", _ => "v") }).AsTask(),
        ["lone surrogate"] = bus => bus.PublishAsync(new Reminder(1), new PublishOptions { CorrelationId = "\ud800" }).AsTask(),
        ["id for many"] = bus => bus.PublishManyAsync([new Reminder(1), new Reminder(2)], new PublishOptions { Id = "a" }).AsTask(),
        ["null among many"] = bus => bus.PublishManyAsync([EventToPublish.Of(new Reminder(1)), null!]).AsTask(),
        ["options for mixed"] = bus => bus.PublishManyAsync<EventToPublish>(
            [EventToPublish.Of(new Reminder(1))], new PublishOptions()).AsTask(),
        ["canceled"] = bus => bus.PublishAsync(new Reminder(1), cancellationToken: new CancellationToken(canceled: true)).AsTask(),
    };

    public static TheoryData<string> Refused => [.. Calls.Keys];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task WhatTheRealBusRefuses_IsRefusedWithTheSameException(string what)
    {
        await using var host = TestHost.Create(redis);
        var bus = new TestEventBus();

        var real = await Record.ExceptionAsync(() => Calls[what](host.Bus));
        var test = await Record.ExceptionAsync(() => Calls[what](bus));

        real.Should().NotBeNull();
        test.Should().BeOfType(real!.GetType());
        test!.Message.Should().Be(real.Message);
        bus.Published.Should().BeEmpty();
    }

    [Fact]
    public async Task PublishAsync_KeepsThePayloadAndTheOptions()
    {
        var bus = new TestEventBus();
        var due = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var cancelOn = EventCondition.On<OrderPlaced>();

        var result = await bus.PublishAsync(new Reminder(7), new PublishOptions
        {
            Id = "r-7", DueAt = due, ExpiresAfter = TimeSpan.FromDays(1), CorrelationId = "c5",
            Headers = new Dictionary<string, string> { ["tenant"] = "acme" }, CancelOn = cancelOn,
        });

        result.Should().Be(new PublishResult("r-7", PublishOutcome.Accepted));
        var published = bus.PublishedOf<Reminder>().Should().ContainSingle().Subject;
        published.Event.Should().Be(new Reminder(7));
        (published.Id, published.Type, published.ToString())
            .Should().Be(("r-7", "order.reminder", """order.reminder 'r-7' {"number":7}"""));
        (published.Options.Id, published.Options.DueAt, published.Options.ExpiresAfter, published.Options.CorrelationId)
            .Should().Be(("r-7", due, TimeSpan.FromDays(1), "c5"));
        published.Options.Headers.Should().Equal(new Dictionary<string, string> { ["tenant"] = "acme" });
        published.Options.CancelOn.Should().BeSameAs(cancelOn);
        published.Options.Delay.Should().BeNull();
    }

    // The same calls on a real bus give the same outcomes.
    [Fact]
    public async Task AnIdThatWasAcceptedBefore_IsRepeated()
    {
        await using var host = TestHost.Create(redis);
        var bus = new TestEventBus();

        var real = await OutcomesAsync(host.Bus);
        var test = await OutcomesAsync(bus);

        test.Should().Equal(real);
        test.Should().Equal(
            PublishOutcome.Accepted, PublishOutcome.Repeated, PublishOutcome.Accepted, PublishOutcome.Repeated, PublishOutcome.Accepted);
        bus.Published.Select(static one => one.Id).Take(2).Should().Equal("a", "b");
        bus.Repeated.Select(static one => one.ToString())
            .Should().Equal("""order.reminder 'a' {"number":2}""", """order.reminder 'b' {"number":4}""");
    }

    [Fact]
    public async Task AssumePublished_MakesAnIdRepeated()
    {
        var bus = new TestEventBus();
        bus.AssumePublished("order-7");

        var result = await bus.PublishAsync(new Reminder(1), new PublishOptions { Id = "order-7" });

        result.Outcome.Should().Be(PublishOutcome.Repeated);
        bus.Published.Should().BeEmpty();
    }

    [Fact]
    public async Task Failure_IsThrown_AfterTheInputWasChecked()
    {
        var bus = new TestEventBus { Failure = new StoreUnavailableException("Redis is away.", mayHaveHappened: true, null) };

        var good = () => bus.PublishAsync(new Reminder(1)).AsTask();
        var bad = () => bus.PublishAsync(new Reminder(1), new PublishOptions { Id = "a b" }).AsTask();

        (await good.Should().ThrowAsync<StoreUnavailableException>()).Which.MayHaveHappened.Should().BeTrue();
        await bad.Should().ThrowAsync<ArgumentException>();
        bus.Published.Should().BeEmpty();
    }

    [Fact]
    public async Task Clear_ForgetsEventsAndIds()
    {
        var bus = new TestEventBus();
        await bus.PublishAsync(new Reminder(1), new PublishOptions { Id = "a" });

        bus.Clear();

        bus.Published.Should().BeEmpty();
        (await bus.PublishAsync(new Reminder(1), new PublishOptions { Id = "a" })).Outcome.Should().Be(PublishOutcome.Accepted);
    }

    [Fact]
    public async Task NamesAndLimits_AreThoseOfTheGivenHost()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers().AddEvent<NoEvent>("default.name");
        services.AddKeyedRedisTriggers("audit", static options => options.MaxPayloadBytes = 20).AddEvent<NoEvent>("audit.name");
        await using var provider = services.BuildServiceProvider();
        var (bus, audit) = (new TestEventBus(provider), new TestEventBus(provider, "audit"));

        await bus.PublishAsync(new NoEvent(1));
        await audit.PublishAsync(new NoEvent(1));
        var tooLarge = () => audit.PublishRawAsync("x", "\"123456789012345678901\""u8.ToArray()).AsTask();

        bus.Published.Should().ContainSingle().Which.Type.Should().Be("default.name");
        audit.Published.Should().ContainSingle().Which.Type.Should().Be("audit.name");
        await tooLarge.Should().ThrowAsync<ArgumentException>().WithMessage("*at most 20 bytes*");
    }

    private static async Task<PublishOutcome[]> OutcomesAsync(IEventBus bus)
    {
        var (a, b) = (new PublishOptions { Id = "a" }, new PublishOptions { Id = "b" });
        var single = new[] { await bus.PublishAsync(new Reminder(1), a), await bus.PublishAsync(new Reminder(2), a) };
        var many = await bus.PublishManyAsync(
            [EventToPublish.Of(new Reminder(3), b), EventToPublish.Of(new Reminder(4), b), EventToPublish.Of(new Reminder(5))]);
        return [.. single.Concat(many).Select(static result => result.Outcome)];
    }

    public sealed record NoEvent(int Number);
}
