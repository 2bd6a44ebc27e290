using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>
/// A counter whose listeners may throw. They are code of the host, and what they throw must not reach a publish or a handler.
/// </summary>
internal sealed class GuardedCounter
{
    private readonly Counter<long>? _counter;

    public GuardedCounter(string name, string unit, string description) =>
        _counter = TelemetrySource.TryCreate(() => TelemetrySource.Meter.CreateCounter<long>(name, unit, description));

    /// <summary>Gets a value indicating whether a listener wants it. Check this before attributes are put together.</summary>
    public bool Enabled => _counter is { Enabled: true };

    public void Add(long value, in TagList tags)
    {
        try
        {
            _counter?.Add(value, tags);
        }
        catch (Exception)
        {
            // A listener failed, and cannot be reported anywhere.
        }
    }
}
