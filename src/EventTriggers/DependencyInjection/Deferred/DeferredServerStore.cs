using EventTriggers.Redis.Stores;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The server store of a connection that is made later.</summary>
internal sealed class DeferredServerStore(DeferredConnection connection, Func<RedisServerStore> make) : IServerStore
{
    private readonly Lazy<RedisServerStore> _store = new(make);

    public async ValueTask<IReadOnlyList<ServerRecord>> ReadAsync(CancellationToken cancellationToken = default) =>
        await (await connection.GetAsync(_store, cancellationToken).ConfigureAwait(false)).ReadAsync(cancellationToken)
            .ConfigureAwait(false);
}
