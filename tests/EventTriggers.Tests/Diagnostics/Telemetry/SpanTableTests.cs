using System.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>What docs/observability.md says about spans is what an exporter gets.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class SpanTableTests(RedisFixture redis)
{
    [Fact]
    public async Task EachSpan_HasTheKindAndTheAttributesThatItsRowsSay()
    {
        using var listener = new Listener();
        await EverythingScene.RunAsync(redis, static () => Task.CompletedTask);

        var spans = listener.Spans.GroupBy(static span => span.DisplayName.Split(' ')[0]).ToArray();

        spans.Select(static same => same.Key).Should().BeEquivalentTo(TelemetryTables.Spans.Keys);
        foreach (var same in spans)
        {
            same.Should().OnlyContain(span => span.Kind == Enum.Parse<ActivityKind>(TelemetryTables.Spans[same.Key]));
            same.SelectMany(static span => span.TagObjects).Select(static tag => tag.Key).Distinct().Should().BeEquivalentTo(
                TelemetryTables.Attributes.Where(row => row.Value.Contains(same.Key)).Select(static row => row.Key), $"of {same.Key}");
            same.Should().OnlyContain(span => Equals(span.GetTagItem("messaging.operation.name"), same.Key));
        }
    }

    [Fact]
    public async Task TheSource_NamesItsVersionAndItsConventions()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis);
        await host.Bus.PublishAsync(new OrderPlaced(1));

        var source = listener.Span("publish order.placed").Source;
        (source.Name, source.Version, source.TelemetrySchemaUrl).Should()
            .Be(("EventTriggers", "0.1.0", "https://opentelemetry.io/schemas/1.44.0"));
        (TelemetrySource.Meter.Name, TelemetrySource.Meter.Version, TelemetrySource.Meter.TelemetrySchemaUrl).Should()
            .Be((source.Name, source.Version, source.TelemetrySchemaUrl));
    }

    [Fact]
    public async Task ADelivery_SaysWhatBecameOfIt()
    {
        using var listener = new Listener();
        await EverythingScene.RunAsync(redis, static () => Task.CompletedTask);

        var spans = listener.Spans.Where(static span => span.DisplayName == "process order.placed").ToArray();
        spans.Select(static span => (
                span.GetTagItem("eventtriggers.attempt"), span.GetTagItem("eventtriggers.outcome"), span.GetTagItem("error.type"),
                span.Status))
            .Should().BeEquivalentTo(new (object?, object?, object?, ActivityStatusCode)[]
            {
                (1, "retry", "System.InvalidOperationException", ActivityStatusCode.Error),
                (1, "retry", "System.InvalidOperationException", ActivityStatusCode.Error),
                (2, "done", null, ActivityStatusCode.Unset),
                (2, "dead", "System.InvalidOperationException", ActivityStatusCode.Error),
            });
        spans.Should().OnlyContain(static span => span.Events.Single().Name == "eventtriggers.settle");
    }

    [Fact]
    public async Task AHandler_HasASpanOfItsOwn_WhereThereAreSeveral()
    {
        using var listener = new Listener();
        await EverythingScene.RunAsync(redis, static () => Task.CompletedTask);

        // The second one does not run again.
        var process = listener.Spans.Where(static span => span.DisplayName == "process order.placed").ToArray();
        var handle = listener.Spans.Where(static span => span.DisplayName.StartsWith("handle ", StringComparison.Ordinal)).ToArray();
        handle.Select(static span => span.DisplayName).Should()
            .BeEquivalentTo(Enumerable.Repeat("handle delegate-1", 4).Concat(Enumerable.Repeat("handle delegate-2", 2)));
        handle.Should().OnlyContain(span => process.Any(parent => parent.SpanId == span.ParentSpanId));
    }
}
