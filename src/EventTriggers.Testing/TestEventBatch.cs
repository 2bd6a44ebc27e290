using EventTriggers.Testing.Harness;

namespace EventTriggers.Testing;

/// <summary>Creates batches for unit tests of batch handlers, without a server.</summary>
/// <example>
/// <code>
/// var batch = TestEventBatch.Create([TestEventContext.Create(new OrderPlaced(7)), TestEventContext.Create(new OrderPlaced(8))]);
/// await new IndexOrders().HandleAsync(batch, CancellationToken.None);
/// Assert.Null(batch[0].Failure);
/// </code>
/// </example>
public static class TestEventBatch
{
    /// <summary>Creates a batch. What the handler publishes for an event is read from the event's context.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="contexts">
    /// Contexts of <see cref="TestEventContext.Create{TEvent}"/>, one for each event. The services of the first are those of the batch.
    /// </param>
    /// <returns>The batch.</returns>
    /// <exception cref="ArgumentException"><paramref name="contexts"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">A context is that of a real delivery.</exception>
    public static EventBatch<TEvent> Create<TEvent>(IReadOnlyList<EventContext<TEvent>> contexts)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(contexts);
        if (contexts.Count == 0)
        {
            throw new ArgumentException("A batch has at least one event, but the list of contexts is empty.", nameof(contexts));
        }

        foreach (var context in contexts)
        {
            TestContexts.RulesOf(context);
        }

        return new EventBatch<TEvent>(
            [.. contexts.Select(static context => new BatchItem<TEvent>(context))], new ContextServices(contexts[0]));
    }
}
