using System.Text;
using EventTriggers.Testing;

namespace EventTriggers.Tests.TestKit;

/// <summary>A handler sees in a unit test what it sees of a real delivery, and what it publishes is the same.</summary>
public sealed class TestEventContextTests(RedisFixture redis)
{
    private static readonly DateTimeOffset Moment = new(2030, 1, 1, 12, 0, 0, 5, TimeSpan.Zero);

    private static readonly Dictionary<string, string> Headers = new() { ["tenant"] = "acme" };

    [Fact]
    public void Create_WithoutOptions_HasDefaults()
    {
        var context = TestEventContext.Create(new OrderPlaced(7));

        context.Event.Should().Be(new OrderPlaced(7));
        context.Type.Should().Be("order.placed");
        context.Id.Should().HaveLength(22);
        (context.Group, context.Attempt, context.CorrelationId, context.Firing).Should().Be(("default", 1, null, null));
        context.Headers.Should().BeEmpty();
        context.PublishedAt.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
        context.LeaseIsCertain.Should().BeTrue();
        context.Published().Should().BeEmpty();
    }

    [Fact]
    public void Create_WithOptions_HasThem()
    {
        var firing = new Firing { TriggerId = "t", DueAt = Moment, FiredAt = Moment, Sequence = 3, Missed = 0, Sources = [] };

        var context = TestEventContext.Create(new OrderPlaced(7), new TestEventContextOptions
        {
            Id = "remind/@1795456183456", Type = "shop.order", Group = "billing", Attempt = 4, PublishedAt = Moment, Headers = Headers,
            CorrelationId = "c5", Firing = firing,
        });

        (context.Id, context.Type, context.Group, context.Attempt).Should().Be(("remind/@1795456183456", "shop.order", "billing", 4));
        (context.PublishedAt, context.CorrelationId).Should().Be((Moment, "c5"));
        context.Headers.Should().Equal(Headers);
        context.Firing.Should().BeSameAs(firing);
    }

    // The judge is a real delivery of the same event to the same handler.
    [Fact]
    public async Task WhatAHandlerPublishes_IsWhatItPublishesInAHost()
    {
        static void Handle(EventContext<OrderPlaced> context)
        {
            context.Publish(
                new Reminder(context.Event.Number),
                new PublishOptions { Delay = TimeSpan.FromMinutes(5), ExpiresAfter = TimeSpan.FromDays(1) });
            var own = new Dictionary<string, string> { ["own"] = "1" };
            context.PublishRaw("raw", "[1]"u8.ToArray(), new PublishOptions { Id = "order-7/raw", Headers = own });
        }

        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            Handle(context);
            return default;
        }), time: clock).Start();
        var options = new PublishOptions { Id = "order-7/placed", CorrelationId = "c5", Key = "order-7", Headers = Headers };
        await host.Bus.PublishAsync(new OrderPlaced(7), options);
        List<EventRecord> real = [];
        await Wait.UntilAsync(
            async () => (real = await host.Events.QueryUnroutedAsync().ToListAsync()).Count == 2, "the follow-ups are stored");
        var context = TestEventContext.Create(
            new OrderPlaced(7), new TestEventContextOptions { Id = options.Id, CorrelationId = "c5", Key = "order-7", Headers = Headers });

        Handle(context);

        var published = context.Published();
        published.Select(static one => (
                one.Type, Text(one.Payload), one.Options.CorrelationId, one.Options.Key, Describe(one.Options.Headers)))
            .Should().BeEquivalentTo(
                real.Select(static one => (one.Type, Text(one.Payload), one.CorrelationId, one.Key, Describe(one.Headers))));
        context.Key.Should().Be("order-7");
        published[0].Id.Should().StartWith("order-7/+").And.HaveLength(real.Single(static one => one.Type == "order.reminder").Id.Length);
        published[1].Id.Should().Be("order-7/raw");
        published[0].Options.Should().Match<PublishOptions>(
            static one => one.Id == null && one.Delay == TimeSpan.FromMinutes(5) && one.ExpiresAfter == TimeSpan.FromDays(1));
        published[1].Options.Id.Should().Be("order-7/raw");
    }

    [Fact]
    public void PublishedOf_HasTheEventsOfTheType_WithTheirPayloads()
    {
        var context = TestEventContext.Create(new OrderPlaced(7));
        context.PublishMany(
            [EventToPublish.Of(new Reminder(1)), EventToPublish.Of(new OrderPlaced(2)), EventToPublish.Of(new Reminder(3))]);

        context.PublishedOf<Reminder>().Select(static one => one.Event.Number).Should().Equal(1, 3);
        context.PublishedOf<OrderPlaced>().Should().ContainSingle().Which.ToString()
            .Should().StartWith("order.placed '").And.EndWith("""' {"number":2,"country":"DE"}""");
    }

    [Fact]
    public void Publish_WithAnIdOfAnotherPartition_IsRefusedAsInAHost()
    {
        var context = TestEventContext.Create(new OrderPlaced(7), new TestEventContextOptions { Id = "order-7" });

        var publish = () => context.Publish(new Reminder(1), new PublishOptions { Id = "order-8" });

        publish.Should().Throw<ArgumentException>().WithMessage("A follow-up's id must begin with 'order-7/'*but is 'order-8'.*");
    }

    [Fact]
    public void Services_AreThoseOfTheTest()
    {
        var services = new ServiceCollection().AddSingleton("hello").BuildServiceProvider();

        TestEventContext.Create(new OrderPlaced(7), new TestEventContextOptions { Services = services }).Services
            .Should().BeSameAs(services);
    }

    [Fact]
    public void Services_ThatWereNotGiven_AreMissedByName()
    {
        var context = TestEventContext.Create(new OrderPlaced(7));

        var read = () => context.Services;

        read.Should().Throw<InvalidOperationException>().WithMessage("The test gave no services; set TestEventContextOptions.Services.");
    }

    // No server is there: names come from registrations alone.
    [Fact]
    public void Names_AreThoseOfTheGivenHost()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers(static options => options.MaxPayloadBytes = 50).AddEvent<Unnamed>("shop.unnamed");
        using var provider = services.BuildServiceProvider();
        var context = TestEventContext.Create(new Unnamed("x"), new TestEventContextOptions { Services = provider });

        context.Publish(new Unnamed("y"));
        var tooLarge = () => context.Publish(new Unnamed(new string('x', 50)));

        context.Type.Should().Be("shop.unnamed");
        context.Published().Should().ContainSingle().Which.Type.Should().Be("shop.unnamed");
        tooLarge.Should().Throw<ArgumentException>().WithMessage("A payload may have at most 50 bytes*");
    }

    [Fact]
    public async Task LoseLease_IsSeenByTheHandler()
    {
        var context = TestEventContext.Create(new OrderPlaced(7), new TestEventContextOptions { Id = "order-7" });
        await context.ConfirmLeaseAsync();

        context.LoseLease();

        context.LeaseIsCertain.Should().BeFalse();
        var confirm = () => context.ConfirmLeaseAsync().AsTask();
        await confirm.Should().ThrowAsync<LeaseLostException>()
            .WithMessage("The lease of event 'order-7' in group default is lost: another consumer may handle it by now.");
    }

    [Fact]
    public void PutOff_TellsForHowLongTheHandlerHasPutItOff()
    {
        var context = TestEventContext.Create(new OrderPlaced(7));
        context.PutOff().Should().BeNull();

        context.RetryLater(TimeSpan.FromMinutes(1), "stripe");

        (context.PutOff()!.After, context.PutOff()!.Limit).Should().Be((TimeSpan.FromMinutes(1), "stripe"));
    }

    public static TheoryData<string, TestEventContextOptions, string> BadOptions => new()
    {
        { "id", new() { Id = "a b" }, "The event id must consist of *'a b' has U+0020 at 1*" },
        { "type", new() { Type = "a b" }, "The event type must consist of *'a b'*" },
        { "group", new() { Group = "a/b" }, "The group must consist of *'a/b'*" },
        { "attempt", new() { Attempt = 0 }, "Attempt must be at least 1, but is 0.*" },
        { "correlation", new() { CorrelationId = new string('x', 201) }, "A correlation id may have at most 200 characters, but has 201*" },
        { "key", new() { Key = "a/b" }, "The key of an event must consist of *'a/b' has U+002F at 1.*" },
        { "header", new() { Headers = new Dictionary<string, string> { [""] = "x" } }, "The name of a header must have at least one*" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Create_WithABadOption_IsRefused(string what, TestEventContextOptions options, string message)
    {
        var create = () => TestEventContext.Create(new OrderPlaced(7), options);

        create.Should().Throw<ArgumentException>(what).WithMessage(message);
    }

    [Fact]
    public async Task Published_OfARealDelivery_IsRefused()
    {
        var seen = new TaskCompletionSource<string>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            var read = () => context.Published();
            seen.TrySetResult(read.Should().Throw<InvalidOperationException>().Which.Message);
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "order-1" });

        (await Wait.ForAsync(seen.Task)).Should()
            .Be("The context of event 'order-1' was not made by TestEventContext.Create, but belongs to a real delivery.");
    }

    private static string Text(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);

    private static string Describe(IReadOnlyDictionary<string, string>? headers) =>
        string.Join(';', (headers ?? new Dictionary<string, string>()).OrderBy(static one => one.Key, StringComparer.Ordinal));

    public sealed record Unnamed(string Text);
}
