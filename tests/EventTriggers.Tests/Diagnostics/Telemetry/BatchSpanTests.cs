using System.Diagnostics;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>A batch is one operation: one span, which links to the spans that published its events, and one measurement.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class BatchSpanTests(RedisFixture redis)
{
    [Fact]
    public async Task ABatch_HasOneSpan_ThatLinksToItsEvents_AndARetryToTheBatchBefore()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, build => build
            .AddBatchHandler<OrderPlaced>(
                static (batch, _) =>
                {
                    foreach (var item in batch)
                    {
                        item.Publish(new Reminder(item.Event.Number));
                        if (item.Event.Number == 2 && item.Attempt == 1)
                        {
                            item.Fail(new InvalidOperationException("not yet"));
                        }
                    }

                    return default;
                },
                static options => (options.MaxSize, options.MaxWait) = (2, TimeSpan.FromMilliseconds(20)))
            .AddHandler<Reminder>(static (_, _) => default));
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Bus.PublishAsync(new OrderPlaced(2));
        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 4, "both and their follow-ups are handled");

        var published = listener.Spans.Where(static span => span.DisplayName == "publish order.placed").ToArray();
        var batches = listener.Spans.Where(static span => span.DisplayName == "process order.placed").ToArray();
        batches.Select(static span => span.GetTagItem("messaging.batch.message_count")).Should().Equal(2, 1);
        batches.Should().OnlyContain(static span => span.Kind == ActivityKind.Consumer && span.Parent == null
            && span.ParentSpanId == default && span.Status == ActivityStatusCode.Unset);
        batches[0].Links.Select(static link => link.Context.SpanId).Should().BeEquivalentTo(published.Select(static span => span.SpanId));
        batches[1].Links.Select(static link => link.Context.SpanId).Should().Equal(published[1].SpanId, batches[0].SpanId);
        listener.Spans.Where(static span => span.DisplayName == "process order.reminder").Select(static span => span.TraceId).Should()
            .BeEquivalentTo(batches.Select(static span => span.TraceId), "follow-ups continue the trace of their batch");
        listener.Points("messaging.process.duration", ("messaging.destination.name", "order.placed"))
            .Sum(static point => point.GetHistogramCount()).Should().Be(2);
        listener.Points("eventtriggers.delivery.outcomes", ("messaging.destination.name", "order.placed"))
            .Sum(static point => point.GetSumLong()).Should().Be(3, "each event has an outcome of its own");
    }

    [Fact]
    public async Task ABatchThatThrows_IsAFailedOperation()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(
            redis,
            build => build.AddBatchHandler<OrderPlaced>(
                static (_, _) => throw new InvalidOperationException("no"), static options => options.MaxSize = 2),
            static options => options.MaxAttempts = 1);
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]);
        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 2, "both are dead letters");

        var span = listener.Span("process order.placed");
        (span.Status, span.GetTagItem("error.type")).Should().Be((ActivityStatusCode.Error, "System.InvalidOperationException"));
    }
}
