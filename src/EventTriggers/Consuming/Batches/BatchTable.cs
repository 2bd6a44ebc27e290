using EventTriggers.Diagnostics.Telemetry;

namespace EventTriggers.Consuming.Batches;

/// <summary>The batch handlers of one group, by the wire names of the event types.</summary>
/// <param name="byType">The handlers; one of a payload type with several names is there with each of them.</param>
/// <param name="isExclusive">Whether every type of the group has a batch handler.</param>
/// <param name="isInOrder">Whether the group handles the deliveries of a key in their order.</param>
internal sealed class BatchTable(IReadOnlyDictionary<string, BatchHandler> byType, bool isExclusive, bool isInOrder = false)
{
    public IReadOnlyDictionary<string, BatchHandler> ByType => byType;

    public IReadOnlyList<BatchHandler> Handlers { get; } = [.. byType.Values.Distinct()];

    public bool IsExclusive => isExclusive;

    public bool IsInOrder => isInOrder;

    /// <summary>Gets a value indicating whether there are batches to which what waits behind the first of a key is claimed.</summary>
    public bool IsByKeyInOrder => isInOrder && Handlers.Any(static handler => handler.Registration.Limits.ByKey);

    /// <summary>Gets the wire names of the types that a handler handles.</summary>
    public IEnumerable<string> TypesOf(BatchHandler handler) =>
        byType.Where(one => one.Value == handler).Select(static one => one.Key);

    /// <summary>Gets what gathers the batches of running consumers.</summary>
    public LiveSet<BatchCollector> Collectors { get; } = new();
}
