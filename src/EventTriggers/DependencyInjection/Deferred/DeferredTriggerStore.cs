using System.Runtime.CompilerServices;
using EventTriggers.Redis.Stores;

namespace EventTriggers.DependencyInjection.Deferred;

/// <summary>The trigger store of a connection that is made later.</summary>
internal sealed class DeferredTriggerStore(DeferredConnection connection, Func<RedisTriggerStore> make) : ITriggerStore
{
    private readonly Lazy<RedisTriggerStore> _store = new(make);

    public async ValueTask<string> AddAsync(Trigger trigger, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).AddAsync(trigger, cancellationToken).ConfigureAwait(false);

    public async ValueTask<TriggerRecord?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).FindAsync(id, cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<TriggerRecord> QueryAsync(
        TriggerQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var store = await StoreAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var record in store.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            yield return record;
        }
    }

    public async ValueTask<TriggerPage> ListAsync(
        TriggerQuery query, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false))
            .ListAsync(query, cursor, limit, cancellationToken).ConfigureAwait(false);

    public async ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).CancelAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> PauseAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).PauseAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> ResumeAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ResumeAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> RescheduleAsync(string id, DateTimeOffset dueAt, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).RescheduleAsync(id, dueAt, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> UpdateAsync(string id, Trigger trigger, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).UpdateAsync(id, trigger, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<FiringRecord>> HistoryAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).HistoryAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<ChangeOutcome> FireNowAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).FireNowAsync(id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<TriggerExplanation?> ExplainAsync(
        string triggerId, string eventId, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ExplainAsync(triggerId, eventId, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<TypeExplanation> ExplainAsync(
        string type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ExplainAsync(type, payload, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<string> CancelAsync(
        TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).CancelAsync(query, options, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<string> PauseAsync(
        TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).PauseAsync(query, options, cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<string> ResumeAsync(
        TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken).ConfigureAwait(false)).ResumeAsync(query, options, cancellationToken)
            .ConfigureAwait(false);

    private ValueTask<RedisTriggerStore> StoreAsync(CancellationToken cancellationToken) => connection.GetAsync(_store, cancellationToken);
}
