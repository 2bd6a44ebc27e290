using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Execution;

/// <summary>Begins what telemetry shows of deliveries, with the settings of their bus.</summary>
internal sealed class DeliveryTracing(Keyspace keyspace)
{
    /// <summary>Begins what telemetry shows of a delivery.</summary>
    /// <returns>What ends it; <see langword="null"/> if there is no listener.</returns>
    public DeliveryTelemetry? Begin(Lease lease) => DeliveryTelemetry.IsWatched
        ? DeliveryTelemetry.Begin(lease, keyspace.Options.TraceParenting, keyspace.Server, keyspace.HostMs)
        : null;

    /// <summary>Begins what telemetry shows of deliveries that are handled together.</summary>
    /// <returns>What ends it; <see langword="null"/> if there is no listener.</returns>
    public BatchTelemetry? Begin(IReadOnlyList<Lease> leases) =>
        DeliveryTelemetry.IsWatched ? BatchTelemetry.Begin(leases, keyspace.Server) : null;
}
