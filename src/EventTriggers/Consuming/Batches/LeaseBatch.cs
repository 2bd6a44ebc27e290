using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>Deliveries that are handled together.</summary>
/// <param name="Handler">The handler.</param>
/// <param name="Leases">The deliveries, at least one, in the order in which they were claimed.</param>
internal sealed record LeaseBatch(BatchHandler Handler, IReadOnlyList<Lease> Leases);
