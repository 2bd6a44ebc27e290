using EventTriggers.Redis.Publishing;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The event bus of a connection that is made later.</summary>
internal sealed class DeferredEventBus(DeferredConnection connection, Func<RedisEventBus> make) : IEventBus, IAsyncDisposable, IDisposable
{
    private readonly Lazy<RedisEventBus> _bus = new(make);

    public async ValueTask<PublishResult> PublishAsync<TEvent>(
        TEvent payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        var bus = await connection.GetAsync(_bus, cancellationToken).ConfigureAwait(false);
        return await bus.PublishAsync(payload, options, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync<TEvent>(
        IReadOnlyList<TEvent> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        var bus = await connection.GetAsync(_bus, cancellationToken).ConfigureAwait(false);
        return await bus.PublishManyAsync(payloads, options, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync(
        IReadOnlyList<EventToPublish> events, CancellationToken cancellationToken = default)
    {
        var bus = await connection.GetAsync(_bus, cancellationToken).ConfigureAwait(false);
        return await bus.PublishManyAsync(events, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<PublishResult> PublishRawAsync(
        string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        var bus = await connection.GetAsync(_bus, cancellationToken).ConfigureAwait(false);
        return await bus.PublishRawAsync(type, payload, options, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _bus.IsValueCreated ? _bus.Value.DisposeAsync() : ValueTask.CompletedTask;

    public void Dispose()
    {
        if (_bus.IsValueCreated)
        {
            _bus.Value.Dispose();
        }
    }
}
