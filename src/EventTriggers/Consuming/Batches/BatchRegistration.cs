using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>The part that every batch handler of a payload type shares.</summary>
internal abstract class BatchRegistration<TEvent>(string? name, string? type, BatchOptions limits)
    : HandlerRegistration<TEvent>(name, type), IBatchRegistration
    where TEvent : notnull
{
    public BatchOptions Limits => limits;

    public BatchItem OpenItem(HandlerProgress run) => new BatchItem<TEvent>((EventContext<TEvent>)Open(run));

    public ValueTask HandleAsync(IReadOnlyList<BatchItem> items, IServiceProvider services, CancellationToken cancellationToken) =>
        HandleAsync(new EventBatch<TEvent>(items, services), cancellationToken);

    protected abstract ValueTask HandleAsync(EventBatch<TEvent> batch, CancellationToken cancellationToken);
}
