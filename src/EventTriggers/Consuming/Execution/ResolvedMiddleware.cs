using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming.Execution;

/// <summary>A middleware class, resolved from the scope of the handler around which it runs.</summary>
internal sealed class ResolvedMiddleware<TMiddleware> : ScopedMiddleware
    where TMiddleware : class, IHandlerMiddleware
{
    public override Type MiddlewareType => typeof(TMiddleware);

    public override ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken) =>
        context.Services.GetRequiredService<TMiddleware>().InvokeAsync(context, next, cancellationToken);

    public override void Resolve(IServiceProvider services) => services.GetRequiredService<TMiddleware>();
}
