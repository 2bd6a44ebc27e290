using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;

namespace EventTriggers.Consuming;

/// <summary>Shows a running session to the instruments that are read when metrics are collected.</summary>
internal sealed class SessionTelemetry : IObservedSession, IDisposable
{
    private readonly IReadOnlyList<DeliveryQueue> _queues;
    private readonly GroupMeter _meter;

    public SessionTelemetry(Keyspace keyspace, IReadOnlyList<DeliveryQueue> queues, TimeProvider timeProvider)
    {
        _queues = queues;
        _meter = new GroupMeter(keyspace, [.. queues.Select(static queue => queue.Group)], timeProvider);
        Gauges.Add(this);
    }

    public IEnumerable<(string Group, int Busy, int Limit)> Workers =>
        _queues.Select(static queue => (queue.Group, queue.BusyWorkers, queue.Concurrency));

    public BusMeasurement Measure() => _meter.Measure();

    public void Dispose()
    {
        Gauges.Remove(this);
        _meter.Dispose();
    }
}
