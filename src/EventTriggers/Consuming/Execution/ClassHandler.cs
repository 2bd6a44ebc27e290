using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming.Execution;

/// <summary>A handler class, resolved from its own scope.</summary>
internal sealed class ClassHandler<TEvent, THandler>(string? type)
    : HandlerRegistration<TEvent>(typeof(THandler).FullName, type), ISingleHandler
    where TEvent : notnull
    where THandler : class, IEventHandler<TEvent>
{
    public ValueTask HandleAsync(EventContext context, CancellationToken cancellationToken) =>
        context.Services.GetRequiredService<THandler>().HandleAsync((EventContext<TEvent>)context, cancellationToken);

    public override void Resolve(IServiceProvider services) => services.GetRequiredService<THandler>();
}
