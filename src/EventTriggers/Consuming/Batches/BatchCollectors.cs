using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>Gathers the batches of one group in this process.</summary>
internal sealed class BatchCollectors
{
    private readonly Dictionary<string, BatchCollector> _byType = new(StringComparer.Ordinal);
    private readonly BatchCollector[] _all;
    private readonly BatchTable _table;
    private readonly long _gathered;
    private readonly long _largest;

    public BatchCollectors(BatchTable table, DeliveryQueue queue, TimeProvider timeProvider)
    {
        _table = table;
        var byHandler = table.Handlers.ToDictionary(
            static handler => handler, handler => new BatchCollector(handler, queue, timeProvider, table.IsInOrder));
        foreach (var (type, handler) in table.ByType)
        {
            _byType[type] = byHandler[handler];
        }

        _all = [.. byHandler.Values];
        Array.ForEach(_all, table.Collectors.Add);
        _gathered = table.Handlers.Sum(static handler => (long)BatchCollector.MostGathered(handler.Registration.Limits));
        _largest = table.Handlers.Max(static handler => handler.Registration.Limits.MaxSize);

        // Where other handlers take deliveries too, a claim that is as large as a batch would bring more of theirs than there are workers.
        // Those in order come to a worker before they are gathered.
        Room = table.IsExclusive ? table.Handlers.Where(handler => !table.IsInOrder || !handler.Registration.Limits.ByKey)
            .Sum(static handler => BatchCollector.MostGathered(handler.Registration.Limits)) : 0;
    }

    /// <summary>Gets how many deliveries may be claimed to be gathered, beyond those for which there are workers.</summary>
    public int Room { get; }

    /// <summary>Gets how many deliveries batches can hold that are gathered or handled, so many of them at a time.</summary>
    public int CapacityOf(int concurrency) => (int)Math.Min((concurrency * _largest) + _gathered, int.MaxValue / 2);

    /// <summary>Takes a delivery for a batch.</summary>
    /// <returns><see langword="false"/> for one that is not handled in a batch.</returns>
    public bool TryAdd(Lease lease) => lease.Delivery.Unreadable is null
        && _byType.TryGetValue(lease.Delivery.Type, out var collector) && collector.TryAdd(lease);

    /// <summary>Tells what it gathers, for each handler.</summary>
    public IEnumerable<ConsumerBatches> Describe() => _all.Select(collector => collector.Describe([.. _table.TypesOf(collector.Handler)]));

    /// <summary>Lets what was gathered begin.</summary>
    public void Begin() => Array.ForEach(_all, static collector => collector.Begin());

    /// <summary>Lets what was gathered begin, and gathers nothing more.</summary>
    public void Close()
    {
        foreach (var collector in _all)
        {
            collector.Close();
            _table.Collectors.Remove(collector);
        }
    }
}
