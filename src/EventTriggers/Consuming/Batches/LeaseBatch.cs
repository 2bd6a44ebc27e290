using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>Deliveries that are handled together.</summary>
/// <param name="Handler">The handler.</param>
/// <param name="Leases">The deliveries, at least one, in the order in which they were claimed.</param>
internal sealed record LeaseBatch(BatchHandler Handler, IReadOnlyList<Lease> Leases)
{
    /// <summary>
    /// Gets a value indicating whether the deliveries have one key, in a group that handles those of a key in their order. The batch begins
    /// with the first of its key, and those that wait behind it are claimed when it comes to a worker.
    /// </summary>
    public bool IsInOrder { get; init; }

    /// <summary>Gets where it may wait for further deliveries; <see langword="null"/> when it is to begin.</summary>
    public BatchCollector? WaitsIn { get; init; }

    /// <summary>Gets the number of the claim that brought those behind the first; 0 for none.</summary>
    public long Call { get; init; }

    /// <summary>Gets a value indicating whether nothing more fits.</summary>
    public bool IsFull => Leases.Count >= Handler.Registration.Limits.MaxSize || Bytes >= BatchCollector.MaxBytes;

    /// <summary>Gets the size of the payloads together.</summary>
    public long Bytes => Leases.Sum(static lease => (long)lease.Delivery.Json.Length);
}
