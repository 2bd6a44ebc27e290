using EventTriggers.Redis.Stores;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The audit store of a connection that is made later.</summary>
internal sealed class DeferredAuditStore(DeferredConnection connection, Func<RedisAuditStore> make) : IAuditStore
{
    private readonly Lazy<RedisAuditStore> _store = new(make);

    public async ValueTask AddAsync(AuditEntry entry, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).AddAsync(entry, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<AuditRecord>> ListAsync(int limit = 100, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ListAsync(limit, cancellationToken).ConfigureAwait(false);

    private ValueTask<RedisAuditStore> StoreAsync(CancellationToken cancellationToken) => connection.GetAsync(_store, cancellationToken);
}
