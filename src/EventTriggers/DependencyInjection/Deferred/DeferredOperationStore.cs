using EventTriggers.Redis.Stores;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The store of bulk operations of a connection that is made later.</summary>
internal sealed class DeferredOperationStore(DeferredConnection connection, Func<RedisOperationStore> make) : IOperationStore
{
    private readonly Lazy<RedisOperationStore> _store = new(make);

    public async ValueTask<OperationRecord?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).FindAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<OperationRecord>> ListAsync(CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ListAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<StopOutcome> StopAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).StopAsync(id, cancellationToken).ConfigureAwait(false);

    private ValueTask<RedisOperationStore> StoreAsync(CancellationToken cancellationToken) =>
        connection.GetAsync(_store, cancellationToken);
}
