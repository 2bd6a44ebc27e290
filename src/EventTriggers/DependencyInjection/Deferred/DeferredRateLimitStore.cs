using EventTriggers.Redis.Stores;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The rate limit store of a connection that is made later.</summary>
internal sealed class DeferredRateLimitStore(DeferredConnection connection, Func<RedisRateLimitStore> make) : IRateLimitStore
{
    private readonly Lazy<RedisRateLimitStore> _store = new(make);

    public async ValueTask<RateLimitList> ListAsync(string? group = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ListAsync(group, cancellationToken).ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> SetAsync(
        string name, LimitOptions limit, string? by = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).SetAsync(name, limit, by, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> ResetAsync(string name, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ResetAsync(name, cancellationToken).ConfigureAwait(false);

    private ValueTask<RedisRateLimitStore> StoreAsync(CancellationToken cancellationToken) =>
        connection.GetAsync(_store, cancellationToken);
}
