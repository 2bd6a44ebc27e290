using System.Runtime.CompilerServices;
using EventTriggers.Redis.Stores;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The event store of a connection that is made later.</summary>
internal sealed class DeferredEventStore(DeferredConnection connection, Func<RedisEventStore> make) : IEventStore
{
    private readonly Lazy<RedisEventStore> _store = new(make);

    public async ValueTask<EventRecord?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).FindAsync(id, cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<EventRecord> QueryAsync(
        EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var store = await StoreAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var record in store.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            yield return record;
        }
    }

    public async ValueTask<EventPage> ListAsync(
        EventQuery query, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false))
            .ListAsync(query, cursor, limit, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<DeliveryExplanation>> ExplainAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ExplainAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<GroupCounts> CountAsync(string? group = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).CountAsync(group, cancellationToken).ConfigureAwait(false);

    public async ValueTask<UnroutedCounts> CountUnroutedAsync(CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).CountUnroutedAsync(cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<EventRecord> QueryUnroutedAsync(
        string? type = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var store = await StoreAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var record in store.QueryUnroutedAsync(type, cancellationToken).ConfigureAwait(false))
        {
            yield return record;
        }
    }

    public async ValueTask<EventPage> ListUnroutedAsync(
        string? type = null, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false))
            .ListUnroutedAsync(type, cursor, limit, cancellationToken).ConfigureAwait(false);

    public async ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).CancelAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<RedriveOutcome> RedriveAsync(string id, string? group = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).RedriveAsync(id, group, cancellationToken).ConfigureAwait(false);

    public async ValueTask<DiscardOutcome> DiscardAsync(string id, string? group = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).DiscardAsync(id, group, cancellationToken).ConfigureAwait(false);

    public async ValueTask<string> RedriveAsync(
        EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).RedriveAsync(query, options, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<string> DiscardAsync(
        EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).DiscardAsync(query, options, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<string> CancelAsync(
        EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).CancelAsync(query, options, cancellationToken)
            .ConfigureAwait(false);

    private ValueTask<RedisEventStore> StoreAsync(CancellationToken cancellationToken) => connection.GetAsync(_store, cancellationToken);
}
