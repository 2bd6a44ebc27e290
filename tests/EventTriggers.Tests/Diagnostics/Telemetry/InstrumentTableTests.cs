using OpenTelemetry.Metrics;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>What docs/observability.md says about instruments is what an exporter gets.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class InstrumentTableTests(RedisFixture redis)
{
    [Fact]
    public async Task EachInstrument_HasTheKindTheUnitAndTheAttributesThatItsRowSays()
    {
        using var listener = new Listener();
        Dictionary<string, (string Kind, string Unit, string[] Attributes)> found = [];
        await EverythingScene.RunAsync(redis, async () =>
        {
            // The first collection has it measured.
            await Wait.UntilAsync(() => listener.Points("eventtriggers.group.lag").Count > 0, "the groups are measured");
            found = listener.Collect().ToDictionary(
                static metric => metric.Name, static metric => (KindOf(metric.MetricType), metric.Unit, AttributesOf(metric)));
        });

        found.Should().BeEquivalentTo(TelemetryTables.Instruments);
    }

    [Fact]
    public async Task Counts_AreWhatHappened()
    {
        using var listener = new Listener();
        await EverythingScene.RunAsync(redis, static () => Task.CompletedTask);

        const string Type = "messaging.destination.name", Error = "error.type", Outcome = "eventtriggers.outcome";
        Sum("messaging.client.sent.messages", (Type, "order.placed")).Should().Be(3);
        Sum("messaging.client.sent.messages", (Type, "order.reminder")).Should().Be(3);
        Sum("messaging.client.sent.messages", (Error, "System.OperationCanceledException")).Should().Be(1);
        Sum("messaging.client.consumed.messages", (Type, "order.placed")).Should().Be(6, "four attempts, and two of a lease that was lost");
        Sum("eventtriggers.delivery.outcomes", ("messaging.consumer.group.name", "default"), (Outcome, "done")).Should().Be(7);
        Sum("eventtriggers.delivery.outcomes", (Outcome, "retry")).Should().Be(2);
        Sum("eventtriggers.delivery.outcomes", (Outcome, "dead")).Should().Be(1);
        Sum("eventtriggers.trigger.firings", ("eventtriggers.trigger.kind", "on")).Should().Be(2);
        Sum("eventtriggers.trigger.firings", ("eventtriggers.trigger.kind", "cron")).Should().Be(1);
        Sum("eventtriggers.trigger.firings", ("eventtriggers.trigger.kind", "at")).Should().Be(1);
        (Sum("eventtriggers.leases.lost"), Sum("eventtriggers.leases.reaped")).Should().Be((1, 1));

        long Sum(string instrument, params (string, object)[] attributes) =>
            listener.Points(instrument, attributes).Sum(static point => point.GetSumLong());
    }

    private static string KindOf(MetricType type) => type switch
    {
        MetricType.LongSum => "counter",
        MetricType.LongSumNonMonotonic => "up-down counter",
        MetricType.Histogram => "histogram",
        MetricType.LongGauge or MetricType.DoubleGauge => "gauge",
        _ => type.ToString(),
    };

    private static string[] AttributesOf(Metric metric)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            foreach (var tag in point.Tags)
            {
                names.Add(tag.Key);
            }
        }

        return [.. names];
    }
}
