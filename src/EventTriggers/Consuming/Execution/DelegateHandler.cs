namespace EventTriggers.Consuming.Execution;

/// <summary>A handler delegate.</summary>
internal sealed class DelegateHandler<TEvent>(Func<EventContext<TEvent>, CancellationToken, ValueTask> handle, string? type)
    : HandlerRegistration<TEvent>(name: null, type), ISingleHandler
    where TEvent : notnull
{
    public ValueTask HandleAsync(EventContext context, CancellationToken cancellationToken) =>
        handle((EventContext<TEvent>)context, cancellationToken);
}
