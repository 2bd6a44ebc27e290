using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming.Batches;

/// <summary>A batch handler class, resolved from the scope of its batch.</summary>
internal sealed class ClassBatchHandler<TEvent, THandler>(string? type, BatchOptions limits)
    : BatchRegistration<TEvent>(typeof(THandler).FullName, type, limits)
    where TEvent : notnull
    where THandler : class, IBatchHandler<TEvent>
{
    public override void Resolve(IServiceProvider services) => services.GetRequiredService<THandler>();

    protected override ValueTask HandleAsync(EventBatch<TEvent> batch, CancellationToken cancellationToken) =>
        batch.Services.GetRequiredService<THandler>().HandleAsync(batch, cancellationToken);
}
