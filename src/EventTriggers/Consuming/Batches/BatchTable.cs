using EventTriggers.Diagnostics.Telemetry;

namespace EventTriggers.Consuming.Batches;

/// <summary>The batch handlers of one group, by the wire names of the event types.</summary>
/// <param name="byType">The handlers; one of a payload type with several names is there with each of them.</param>
/// <param name="isExclusive">Whether every type of the group has a batch handler.</param>
internal sealed class BatchTable(IReadOnlyDictionary<string, BatchHandler> byType, bool isExclusive)
{
    public IReadOnlyDictionary<string, BatchHandler> ByType => byType;

    public IReadOnlyList<BatchHandler> Handlers { get; } = [.. byType.Values.Distinct()];

    public bool IsExclusive => isExclusive;

    /// <summary>Gets what gathers the batches of running consumers.</summary>
    public LiveSet<BatchCollector> Collectors { get; } = new();
}
