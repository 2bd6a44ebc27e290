using System.Diagnostics;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>The story of docs/observability.md: what a request leads to, in two hosts, is two traces that are linked.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class TraceStoryTests(RedisFixture redis)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ARequest_AndAllThatItLeadsTo_IsOneLinkedStory(int partitions)
    {
        using var listener = new Listener();
        void Configure(RedisTriggersOptions options) => options.Partitions = partitions;
        await using var web = TestHost.Create(
            redis, static build => build.AddHandler<Checked>(static (_, _) => default), options => (options.Group, options.Partitions) =
            ("web", partitions)).Start();
        await using var worker = TestHost.Create(redis, static build => build
            .AddHandler<OrderPlaced>(static (_, _) => default)
            .AddHandler<Large>(static (context, _) =>
            {
                context.Publish(new Checked(context.Event.Number));
                return default;
            }), Configure, prefix: web.Prefix).Start();
        var setup = Listener.Own.StartActivity("setup")!;
        await web.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("large").Publish(new Large(7)));
        setup.Stop();
        await SubscribedAsync(web, worker);

        var request = Listener.Own.StartActivity("POST /orders", ActivityKind.Server)!;
        await web.Bus.PublishAsync(new OrderPlaced(7));
        request.Stop();
        await Wait.UntilAsync(async () => (await web.Events.CountAsync("web")).Processed == 1, "the follow-up is handled");
        await Wait.UntilAsync(async () => (await worker.Events.CountAsync()).Processed == 2, "the other events are handled");

        var publish = listener.Span("publish order.placed");
        var (process, fire) = (listener.Span("process order.placed"), listener.Span("fire on"));
        var (large, followUp) = (listener.Span("process order.large"), listener.Span("process order.checked"));
        (publish.TraceId, publish.ParentSpanId).Should().Be((request.TraceId, request.SpanId));
        (process.TraceId, process.ParentSpanId).Should().Be((request.TraceId, publish.SpanId));
        (fire.TraceId, fire.ParentSpanId).Should().Be((request.TraceId, publish.SpanId));
        LinksOf(process).Should().Equal(publish.SpanId);
        LinksOf(fire).Should().Equal(publish.SpanId, setup.SpanId);
        (large.ParentSpanId, large.TraceId == request.TraceId).Should().Be((default(ActivitySpanId), false));
        LinksOf(large).Should().Equal(fire.SpanId);
        large.Links.Single().Context.TraceId.Should().Be(request.TraceId);
        (followUp.TraceId, followUp.ParentSpanId).Should().Be((large.TraceId, large.SpanId));
        LinksOf(followUp).Should().Equal(large.SpanId);
        large.GetTagItem("eventtriggers.trigger.id").Should().Be("large");
    }

    [Fact]
    public async Task WhatAScriptFires_LinksToTheSpanThatAddedTheTrigger()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, static build => build.AddHandler<Reminder>(static (_, _) => default)).Start();
        using var setup = Listener.Own.StartActivity("setup")!;
        await host.Triggers.AddAsync(Trigger.At(DateTimeOffset.UnixEpoch).WithId("at").Publish(new Reminder(1)));
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).WithId("later").Publish(new Reminder(2)));
        using var now = Listener.Own.StartActivity("now")!;
        await host.Triggers.FireNowAsync("later");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "both are handled");

        listener.Spans.Where(static span => span.DisplayName == "process order.reminder").Should()
            .OnlyContain(static span => span.ParentSpanId == default)
            .And.Subject.Select(LinkOf).Should().BeEquivalentTo([setup.SpanId, now.SpanId]);
    }

    [Fact]
    public async Task ARecurringTrigger_LinksToTheSpanThatAddedIt_AndItsEventToTheFiring()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, static build => build.AddHandler<Reminder>(static (_, _) => default)).Start();
        using var setup = Listener.Own.StartActivity("setup")!;
        await host.Triggers.AddAsync(Trigger.Cron("* * * * * *").MaxFirings(1).WithId("cron").Publish(new Reminder(1)));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        var (fire, process) = (listener.Span("fire cron"), listener.Span("process order.reminder"));
        (fire.ParentSpanId, LinkOf(fire), fire.GetTagItem("eventtriggers.trigger.id")).Should()
            .Be((default(ActivitySpanId), setup.SpanId, "cron"));
        (process.ParentSpanId, LinkOf(process)).Should().Be((default(ActivitySpanId), fire.SpanId));
    }

    [Fact]
    public async Task ARuleOverTime_FiresForTheEventThatCompletesIt_AndOthersLeaveNoSpan()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, static build => build.AddHandler<Reminder>(static (_, _) => default)).Start();
        await host.Triggers.AddAsync(
            Trigger.On<OrderPlaced>().Count(2).Within(TimeSpan.FromHours(1)).WithId("two").Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("$triggers")).Processed == 1, "the first is matched");
        await host.Bus.PublishAsync(new OrderPlaced(2));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the raised event is handled");

        var publishes = listener.Spans.Where(static span => span.DisplayName == "publish order.placed").ToArray();
        LinkOf(listener.Span("fire on")).Should().Be(publishes[1].SpanId);
        LinkOf(listener.Span("process order.reminder")).Should().Be(listener.Span("fire on").SpanId);
    }

    [Fact]
    public async Task ARuleOverTime_WhoseMomentCame_LinksToTheEventThatWaited()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, static build => build.AddHandler<Reminder>(static (_, _) => default)).Start();
        await host.Triggers.AddAsync(
            Trigger.On<OrderPlaced>().Debounce(TimeSpan.FromMilliseconds(50)).WithId("calm").Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the raised event is handled");

        LinkOf(listener.Span("process order.reminder")).Should().Be(listener.Span("publish order.placed").SpanId);
        listener.Spans.Should().NotContain(static span => span.DisplayName == "fire on");
    }

    private static ActivitySpanId[] LinksOf(Activity span) => [.. span.Links.Select(static link => link.Context.SpanId)];

    private static ActivitySpanId LinkOf(Activity span) => LinksOf(span).Should().ContainSingle().Which;

    // An event that comes before its group is handled once that subscribes, which is as well; but here everything happens in one go.
    private static Task SubscribedAsync(TestHost web, TestHost worker) => Task.WhenAll(
        ((string[])["order.checked", "order.placed", "order.large"]).Select(type => Wait.UntilAsync(
            async () => (await Task.WhenAll(web.Keyspace.Partitions.Select(partition =>
                worker.Keyspace.Database.KeyExistsAsync(partition.Keys.Routes(type))))).All(static exists => exists),
            $"{type} has its group")));

    [EventType("order.large")]
    public sealed record Large(int Number);

    [EventType("order.checked")]
    public sealed record Checked(int Number);
}
