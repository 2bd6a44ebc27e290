using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>A host's OpenTelemetry, with exporters that keep everything in memory.</summary>
internal sealed class Listener : IDisposable
{
    /// <summary>The source of the test's own spans, such as that of a request.</summary>
    public static readonly ActivitySource Own = new("test.own");

    private readonly List<Activity> _spans = [];
    private readonly List<Metric> _metrics = [];
    private readonly TracerProvider _tracing;
    private readonly MeterProvider _measuring;

    public Listener(Sampler? sampler = null)
    {
        _tracing = Sdk.CreateTracerProviderBuilder().AddSource("EventTriggers", Own.Name).SetSampler(sampler ?? new AlwaysOnSampler())
            .AddInMemoryExporter(_spans).Build();
        _measuring = Sdk.CreateMeterProviderBuilder().AddMeter("EventTriggers").AddInMemoryExporter(_metrics).Build();
    }

    /// <summary>Gets the spans that have ended.</summary>
    public IReadOnlyList<Activity> Spans
    {
        get
        {
            _tracing.ForceFlush();
            return [.. _spans];
        }
    }

    /// <summary>Gets the only span of a name that has ended.</summary>
    public Activity Span(string name) => Spans.Should().ContainSingle(span => span.DisplayName == name).Which;

    /// <summary>Collects the instruments that have a value.</summary>
    public IReadOnlyList<Metric> Collect()
    {
        _metrics.Clear();
        _measuring.ForceFlush();
        return [.. _metrics];
    }

    /// <summary>Collects, and gets the values of one instrument whose attributes have some values.</summary>
    public IReadOnlyList<MetricPoint> Points(string instrument, params (string Name, object Value)[] attributes)
    {
        var points = new List<MetricPoint>();
        foreach (var metric in Collect().Where(metric => metric.Name == instrument))
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                points.Add(point);
            }
        }

        return [.. points.Where(point => attributes.All(attribute => Equals(ValueOf(point, attribute.Name), attribute.Value)))];
    }

    public void Dispose()
    {
        _tracing.Dispose();
        _measuring.Dispose();
    }

    public static object? ValueOf(MetricPoint point, string attribute)
    {
        foreach (var tag in point.Tags)
        {
            if (tag.Key == attribute)
            {
                return tag.Value;
            }
        }

        return null;
    }
}
