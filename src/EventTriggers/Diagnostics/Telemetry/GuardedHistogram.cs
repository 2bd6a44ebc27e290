using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>
/// A histogram of durations whose listeners may throw. They are code of the host, and what they throw must not reach a publish or a
/// handler.
/// </summary>
internal sealed class GuardedHistogram
{
    private readonly Histogram<double>? _histogram;

    public GuardedHistogram(string name, string description, IReadOnlyList<double> boundaries) =>
        _histogram = TelemetrySource.TryCreate(() => TelemetrySource.Meter.CreateHistogram(
            name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries }));

    /// <summary>Gets a value indicating whether a listener wants it. Check this before attributes are put together.</summary>
    public bool Enabled => _histogram is { Enabled: true };

    public void Record(TimeSpan value, in TagList tags)
    {
        try
        {
            _histogram?.Record(Math.Max(0, value.TotalSeconds), tags);
        }
        catch (Exception)
        {
            // A listener failed, and cannot be reported anywhere.
        }
    }
}
