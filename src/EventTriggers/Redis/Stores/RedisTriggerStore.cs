using System.Runtime.CompilerServices;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Stores, changes and reads triggers.</summary>
internal sealed class RedisTriggerStore(Keyspace keyspace, TriggerWriter writer, OutgoingEvents events) : ITriggerStore
{
    // How many firings of a trigger are kept; scripts know the number, too.
    public const int Remembered = 20;

    private readonly TriggerExplainer _explainer = new(keyspace);
    private readonly TriggerPages _pages = new(keyspace);
    private readonly OperationWriter _operations = new(keyspace);

    public async ValueTask<string> AddAsync(Trigger trigger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        cancellationToken.ThrowIfCancellationRequested();
        return await writer.AddAsync(trigger.Definition, keyspace.Begin(cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask<ChangeOutcome> UpdateAsync(string id, Trigger trigger, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidTriggerId(id);
        ArgumentNullException.ThrowIfNull(trigger);
        cancellationToken.ThrowIfCancellationRequested();
        return trigger.Definition.Id is { } other && other != id
            ? throw new ArgumentException(
                $"The trigger has the id '{other}', but '{id}' is to be changed; leave WithId out.", nameof(trigger))
            : await writer.UpdateAsync(trigger.Definition with { Id = id }, keyspace.Begin(cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask<TriggerRecord?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidTriggerId(id);
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        return await TriggerHash.ReadAsync(keyspace, keyspace.PartitionOf(id), id, deadline)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<TriggerRecord> QueryAsync(
        TriggerQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var filter = TriggerFilter.From(query);

        // Paused triggers keep their due time in their hash only, so a range of the index is read for active ones alone.
        var isByTime = query.Status == TriggerStatus.Active;
        var lowest = isByTime && query.DueFrom is { } from ? from.ToUnixTimeMilliseconds() : double.NegativeInfinity;
        var highest = isByTime && query.DueBefore is { } before ? before.ToUnixTimeMilliseconds() : double.PositiveInfinity;
        IAsyncEnumerable<TriggerRecord> ReadAsync(Partition partition, CancellationToken token)
        {
            Task<TriggerRecord?> Read(string id, Deadline deadline) => TriggerHash.ReadAsync(keyspace, partition, id, deadline);
            return query.Tag is { } tag
                ? new TagIndex(partition, tag).ReadAsync(keyspace, query.Status, lowest, highest, Read, token)
                : _pages.ReadAsync(partition, filter, token);
        }

        await foreach (var found in PartitionSequence.ReadAsync(
            keyspace, "query triggers", ReadAsync, cancellationToken).ConfigureAwait(false))
        {
            if (Matches(query, found))
            {
                yield return found;
            }
        }
    }

    public async ValueTask<TriggerPage> ListAsync(
        TriggerQuery query, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return await _pages.ListAsync(TriggerFilter.From(query), cursor, limit, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<FiringRecord>> HistoryAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidTriggerId(id);
        cancellationToken.ThrowIfCancellationRequested();
        var (home, deadline) = (keyspace.PartitionOf(id), keyspace.Begin(cancellationToken));
        try
        {
            var entries = await keyspace.Operations.ReadAsync(
                "read a trigger's history", home, database => database.ListRangeAsync(
                    home.Keys.History(id), 0, Remembered - 1, CommandFlags.DemandMaster), deadline)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            return [.. entries.Select(static entry => FiringRecord.Parse(entry.ToString()))];
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            return [FiringRecord.Foreign];
        }
    }

    public async ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidTriggerId(id);
        cancellationToken.ThrowIfCancellationRequested();
        return await writer.CancelAsync(id, deadline: keyspace.Begin(cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask<ChangeOutcome> PauseAsync(string id, CancellationToken cancellationToken = default) =>
        OutcomeOf(
            await ChangeAsync(
                id, home => new PauseTriggerRequest { Partition = home, Id = id },
                keyspace.Begin(cancellationToken)).ConfigureAwait(false));

    public async ValueTask<ChangeOutcome> ResumeAsync(string id, CancellationToken cancellationToken = default) =>
        OutcomeOf(
            await ChangeAsync(
                id, home => new ResumeTriggerRequest { Partition = home, Id = id },
                keyspace.Begin(cancellationToken)).ConfigureAwait(false));

    public async ValueTask<ChangeOutcome> RescheduleAsync(string id, DateTimeOffset dueAt, CancellationToken cancellationToken = default)
    {
        var deadline = keyspace.Begin(cancellationToken);
        var due = UnixTime.CeilingMs(dueAt);
        var change = await ChangeAsync(
            id, home => new RescheduleTriggerRequest { Partition = home, Id = id, DueMs = due }, deadline).ConfigureAwait(false);
        if (change == TriggerChange.Untimed)
        {
            throw new InvalidOperationException($"Trigger '{id}' waits for events; it has no due time to move.");
        }

        if (change == TriggerChange.Done)
        {
            await writer.ProlongAsync(id, dueAt, deadline.AfterChange).ConfigureAwait(false);
        }

        return OutcomeOf(change);
    }

    public async ValueTask<ChangeOutcome> FireNowAsync(string id, CancellationToken cancellationToken = default) =>
        OutcomeOf(TriggerMetrics.CountIfFired(await ChangeAsync(
            id, home => new FireTriggerRequest
            {
                Partition = home, Id = id, Retention = keyspace.EndedRetention, Trace = TraceText.OfCurrent(),
            },
            keyspace.Begin(cancellationToken)).ConfigureAwait(false)));

    public async ValueTask<TriggerExplanation?> ExplainAsync(
        string triggerId, string eventId, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidTriggerId(triggerId);
        NameRules.ThrowIfInvalidEventId(eventId);
        cancellationToken.ThrowIfCancellationRequested();
        return await _explainer.ExplainAsync(triggerId, eventId, keyspace.Begin(cancellationToken))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<TypeExplanation> ExplainAsync(
        string type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidType(type);
        events.CheckJson(payload);
        cancellationToken.ThrowIfCancellationRequested();
        return await _explainer.ExplainAsync(type, payload, keyspace.Begin(cancellationToken))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<string> CancelAsync(
        TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(
            OperationKind.CancelTriggers, query, options, cancellationToken, TriggerStatus.Active, TriggerStatus.Paused);

    public ValueTask<string> PauseAsync(
        TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(OperationKind.PauseTriggers, query, options, cancellationToken, TriggerStatus.Active);

    public ValueTask<string> ResumeAsync(
        TriggerQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(OperationKind.ResumeTriggers, query, options, cancellationToken, TriggerStatus.Paused);

    private ValueTask<string> StartAsync(
        OperationKind kind, TriggerQuery query, BulkOptions? options, CancellationToken cancellationToken,
        params ReadOnlySpan<TriggerStatus> statuses)
    {
        ArgumentNullException.ThrowIfNull(query);
        var filter = TriggerFilter.ForOperation(query, statuses);
        return _operations.StartAsync(kind, filter.Describe(), _ => filter.ToFields(), options, cancellationToken);
    }

    private static ChangeOutcome OutcomeOf(TriggerChange change) => change switch
    {
        TriggerChange.Done => ChangeOutcome.Done,
        TriggerChange.Ended => ChangeOutcome.Ended,
        TriggerChange.NotFound => ChangeOutcome.NotFound,
        _ => throw new InvalidOperationException($"A change of a trigger was answered with {change}."),
    };

    private static bool Matches(TriggerQuery query, TriggerRecord found) =>
        (query.Status is null || found.Status == query.Status)
        && (query.Kind is null || found.Kind == query.Kind)
        && (query.EventType is null || found.EventType == query.EventType)
        && (query.SourceType is null
            || found.SourceType == query.SourceType
            || found.SourceAliases.Contains(query.SourceType, StringComparer.Ordinal))
        && found.Id.StartsWith(query.IdPrefix ?? string.Empty, StringComparison.Ordinal)
        && (query.Tag is null || found.Tags.Contains(query.Tag, StringComparer.Ordinal))
        && (query.DueFrom is null || found.DueAt >= query.DueFrom)
        && (query.DueBefore is null || found.DueAt < query.DueBefore);

    private async ValueTask<TriggerChange> ChangeAsync(string id, Func<Partition, TriggerChangeRequest> change, Deadline deadline)
    {
        NameRules.ThrowIfInvalidTriggerId(id);
        deadline.Token.ThrowIfCancellationRequested();
        return await keyspace.Operations.RunAsync(change(keyspace.PartitionOf(id)), deadline).ConfigureAwait(false);
    }
}
