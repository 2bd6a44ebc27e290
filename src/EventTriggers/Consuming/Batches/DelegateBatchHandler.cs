namespace EventTriggers.Consuming.Batches;

/// <summary>A batch handler delegate.</summary>
internal sealed class DelegateBatchHandler<TEvent>(
    Func<EventBatch<TEvent>, CancellationToken, ValueTask> handle, string? type, BatchOptions limits)
    : BatchRegistration<TEvent>(name: null, type, limits)
    where TEvent : notnull
{
    protected override ValueTask HandleAsync(EventBatch<TEvent> batch, CancellationToken cancellationToken) =>
        handle(batch, cancellationToken);
}
