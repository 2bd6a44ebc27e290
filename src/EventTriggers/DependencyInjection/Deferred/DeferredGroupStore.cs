using EventTriggers.Redis.Stores;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The group store of a connection that is made later.</summary>
internal sealed class DeferredGroupStore(DeferredConnection connection, Func<RedisGroupStore> make) : IGroupStore
{
    private readonly Lazy<RedisGroupStore> _store = new(make);

    public async ValueTask<IReadOnlyList<GroupRecord>> ListAsync(CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ListAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<GroupRecord?> FindAsync(string group, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).FindAsync(group, cancellationToken).ConfigureAwait(false);

    public async ValueTask<GroupRates> ReadRatesAsync(
        string group, DateTimeOffset from, DateTimeOffset before, RateInterval interval = RateInterval.Minute,
        CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ReadRatesAsync(group, from, before, interval, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ListConsumersAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<KeyList> ListKeysAsync(string group, int limit = 100, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ListKeysAsync(group, limit, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> PauseAsync(
        string group, PauseOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).PauseAsync(group, options, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> ResumeAsync(string group, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ResumeAsync(group, cancellationToken).ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> SetConcurrencyAsync(
        string group, int? concurrency, string? by = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).SetConcurrencyAsync(group, concurrency, by, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask WaitUntilDrainedAsync(string group, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).WaitUntilDrainedAsync(group, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<RemoveGroupOutcome> RemoveAsync(
        string group, bool force = false, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).RemoveAsync(group, force, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<RemoveGroupOutcome> UnsubscribeAsync(
        string group, string type, bool force = false, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).UnsubscribeAsync(group, type, force, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<long> DiscardUnroutedAsync(string type, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).DiscardUnroutedAsync(type, cancellationToken)
            .ConfigureAwait(false);

    private ValueTask<RedisGroupStore> StoreAsync(CancellationToken cancellationToken) => connection.GetAsync(_store, cancellationToken);
}
