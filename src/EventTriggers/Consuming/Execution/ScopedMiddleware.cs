namespace EventTriggers.Consuming.Execution;

/// <summary>A middleware that is resolved from the scope of the handler around which it runs.</summary>
internal abstract class ScopedMiddleware : IHandlerMiddleware
{
    public abstract Type MiddlewareType { get; }

    public abstract ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken);

    /// <summary>Makes the middleware, so that missing services are noticed at the start.</summary>
    public abstract void Resolve(IServiceProvider services);
}
