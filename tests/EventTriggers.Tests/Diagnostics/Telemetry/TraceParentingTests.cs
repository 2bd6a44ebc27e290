using System.Diagnostics;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics.Telemetry;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>When handling continues the trace of its publish, and to what it links.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class TraceParentingTests(RedisFixture redis)
{
    private const string Published = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private const string Before = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

    [Theory]
    [InlineData(TraceParenting.Auto, 1, 0, false, 59_999, true)]
    [InlineData(TraceParenting.Auto, 1, 0, false, 60_000, false)]
    [InlineData(TraceParenting.Auto, 2, 0, false, 10, false)]
    [InlineData(TraceParenting.Auto, 1, 500, false, 10, false)]
    [InlineData(TraceParenting.Auto, 1, 0, true, 10, false)]
    [InlineData(TraceParenting.Always, 2, 500, true, 86_400_000, true)]
    [InlineData(TraceParenting.Never, 1, 0, false, 10, false)]
    public void ADelivery_IsAChildOrOnlyLinks(
        TraceParenting parenting, long fence, long due, bool isRaised, long ageMs, bool isChild)
    {
        var delivery = NewDelivery(fence);
        (delivery.DueMs, delivery.Firing, delivery.Trace) = (due, isRaised ? "{}"u8.ToArray() : [], Published);

        var relation = TraceRelation.Of(delivery, parenting, 1000 + ageMs);

        (relation.Parent != default).Should().Be(isChild);
        relation.Links.Should().ContainSingle().Which.Context.SpanId.ToString().Should().Be("b7ad6b7169203331");
    }

    [Fact]
    public void ASpanWithoutAParent_BeginsATrace_ThoughAnotherSpanIsCurrent()
    {
        using var listener = new Listener();
        using var request = Listener.Own.StartActivity("request")!;

        using var root = Spans.StartBelow("process", ActivityKind.Consumer, parent: default, [], links: null)!;

        (root.Parent, root.ParentSpanId, root.TraceId == request.TraceId).Should().Be((null, default(ActivitySpanId), false));
    }

    [Fact]
    public void ARetry_LinksToTheAttemptBeforeAsWell()
    {
        var delivery = NewDelivery(fence: 2);
        (delivery.Trace, delivery.TraceBefore) = (Published, Before);

        TraceRelation.Of(delivery, TraceParenting.Auto, 1010).Links.Select(static link => link.Context.SpanId.ToString()).Should()
            .Equal("b7ad6b7169203331", "00f067aa0ba902b7");
    }

    [Fact]
    public async Task ARetry_InRedis_IsARootThatLinksToThePublishAndToTheAttemptBefore()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (context, _) =>
            context.Attempt < 3 ? throw new InvalidOperationException("not yet") : default)).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        var publish = listener.Span("publish order.placed");
        var attempts = listener.Spans.Where(static span => span.DisplayName == "process order.placed")
            .OrderBy(static span => span.GetTagItem("eventtriggers.attempt")).ToArray();
        attempts.Select(static span => span.ParentSpanId).Should().Equal(publish.SpanId, default, default);
        attempts.Select(static span => string.Join(' ', span.Links.Select(static link => link.Context.SpanId))).Should().Equal(
            $"{publish.SpanId}", $"{publish.SpanId} {attempts[0].SpanId}", $"{publish.SpanId} {attempts[1].SpanId}");
        attempts.Select(static span => span.TraceId).Distinct().Should().HaveCount(3);
    }

    [Fact]
    public async Task ARedrivenDelivery_IsARootThatLinksToTheAttemptThatFailed()
    {
        using var listener = new Listener();
        var works = false;
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => works ? default : throw new InvalidOperationException("not yet")),
            static options => options.MaxAttempts = 1).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is dead");
        works = true;
        await host.Events.RedriveAsync(id);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        var attempts = listener.Spans.Where(static span => span.DisplayName == "process order.placed").ToArray();
        attempts[1].ParentSpanId.Should().Be(default(ActivitySpanId));
        attempts[1].Links.Select(static link => link.Context.SpanId).Should()
            .Equal(listener.Span("publish order.placed").SpanId, attempts[0].SpanId);
    }

    [Theory]
    [InlineData(TraceParenting.Auto, false)]
    [InlineData(TraceParenting.Always, true)]
    public async Task ADelayedEvent_IsAChild_IfTheOptionSaysSo(TraceParenting parenting, bool isChild)
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => default),
            options => options.TraceParenting = parenting).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Delay = TimeSpan.FromMilliseconds(1) });
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        var (publish, process) = (listener.Span("publish order.placed"), listener.Span("process order.placed"));
        process.ParentSpanId.Should().Be(isChild ? publish.SpanId : default);
        process.Links.Single().Context.SpanId.Should().Be(publish.SpanId);
    }

    private static Delivery NewDelivery(long fence) =>
        new() { Group = "g", Id = "e", Fence = fence, Attempt = (int)fence, PublishedMs = 1000 };
}
