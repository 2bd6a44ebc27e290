using System.Diagnostics.Metrics;
using System.Globalization;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The instruments that are read when metrics are collected, and cost nothing in between.</summary>
internal static class Gauges
{
    private static readonly LiveSet<IObservedSession> Sessions = new();
    private static readonly LiveSet<IPendingBytes> Publishers = new();

    static Gauges()
    {
        var meter = TelemetrySource.Meter;
        TelemetrySource.TryCreate(() => meter.CreateObservableUpDownCounter(
            "eventtriggers.workers.busy", static () => ReadWorkers(static group => group.Busy), "{worker}",
            "Workers of this process that handle a delivery."));
        TelemetrySource.TryCreate(() => meter.CreateObservableUpDownCounter(
            "eventtriggers.workers.limit", static () => ReadWorkers(static group => group.Limit), "{worker}",
            "The most workers that this process has."));
        TelemetrySource.TryCreate(() => meter.CreateObservableUpDownCounter(
            "eventtriggers.publish.pending", static () => Publishers.ToArray().Sum(static one => one.Waiting), "By",
            "The approximate size of what this process has published and Redis has not confirmed yet."));
        TelemetrySource.TryCreate(() => meter.CreateObservableGauge(
            "eventtriggers.group.deliveries", ReadDeliveries, "{delivery}",
            "Deliveries of a group by state. Every process reports the same."));
        TelemetrySource.TryCreate(() => meter.CreateObservableGauge(
            "eventtriggers.group.lag", ReadLag, "s",
            "How long the oldest ready delivery of a group has been ready. Every process reports the same."));
        TelemetrySource.TryCreate(() => meter.CreateObservableGauge(
            "eventtriggers.redis.up", ReadPartitions, "1", "1 if Redis answered for a partition when it was asked last, else 0."));
    }

    public static void Add(IObservedSession session) => Sessions.Add(session);

    public static void Remove(IObservedSession session) => Sessions.Remove(session);

    public static void Add(IPendingBytes publisher) => Publishers.Add(publisher);

    public static void Remove(IPendingBytes publisher) => Publishers.Remove(publisher);

    // Several buses of a process may have groups of the same name; an instrument has one value for the same attributes.
    private static IEnumerable<Measurement<int>> ReadWorkers(Func<(string Group, int Busy, int Limit), int> value) =>
        Sessions.ToArray().SelectMany(static session => session.Workers).GroupBy(static one => one.Group, StringComparer.Ordinal)
            .Select(same => new Measurement<int>(same.Sum(value), TagOf(same.Key)));

    private static IEnumerable<GroupMeasurement> ReadGroups() =>
        Sessions.ToArray().SelectMany(static session => session.Measure().Groups).GroupBy(static one => one.Group, StringComparer.Ordinal)
            .Select(static same => same.Aggregate(static (sum, next) => sum.Plus(next)));

    private static IEnumerable<Measurement<long>> ReadDeliveries() => ReadGroups().SelectMany(static (group, _) => (Measurement<long>[])
    [
        new(group.Ready, TagOf(group.Group), StateOf("ready")), new(group.Delayed, TagOf(group.Group), StateOf("delayed")),
        new(group.Leased, TagOf(group.Group), StateOf("leased")), new(group.Dead, TagOf(group.Group), StateOf("dead")),
    ]);

    private static IEnumerable<Measurement<double>> ReadLag() =>
        ReadGroups().Select(static group => new Measurement<double>(group.Lag.TotalSeconds, TagOf(group.Group)));

    private static IEnumerable<Measurement<int>> ReadPartitions() =>
        Sessions.ToArray().SelectMany(static session => session.Measure().AreUp.Select(static (isUp, partition) => (partition, isUp)))
            .GroupBy(static one => one.partition)
            .Select(static same => new Measurement<int>(
                same.All(static one => one.isUp) ? 1 : 0,
                new KeyValuePair<string, object?>(TelemetryNames.Partition, same.Key.ToString(CultureInfo.InvariantCulture))));

    private static KeyValuePair<string, object?> TagOf(string group) => new(TelemetryNames.Group, group);

    private static KeyValuePair<string, object?> StateOf(string state) => new(TelemetryNames.DeliveryState, state);
}
