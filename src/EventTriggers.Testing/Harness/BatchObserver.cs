using System.Collections.Concurrent;
using EventTriggers.Consuming.Batches;

namespace EventTriggers.Testing.Harness;

/// <summary>Sees every batch handler of a bus begin and end, each event of a batch by itself.</summary>
/// <param name="log">Where it is noted.</param>
/// <param name="bus">The key of the bus; <see langword="null"/> for the default bus.</param>
internal sealed class BatchObserver(HandlerLog log, string? bus) : IBatchObserver
{
    private readonly ConcurrentDictionary<EventContext, int> _running = new(ReferenceEqualityComparer.Instance);

    public void Begin(EventContext context) => _running[context] = log.Begin(bus, context);

    public void End(EventContext context, Exception? failure)
    {
        if (_running.TryRemove(context, out var index))
        {
            log.End(index, failure);
        }
    }
}
