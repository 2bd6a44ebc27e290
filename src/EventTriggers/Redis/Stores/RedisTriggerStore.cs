using System.Runtime.CompilerServices;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Stores, changes and reads triggers.</summary>
internal sealed class RedisTriggerStore(Keyspace keyspace, TriggerWriter writer) : ITriggerStore
{
    // How many firings of a trigger are kept; scripts know the number, too.
    public const int Remembered = 20;

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

        // Paused triggers keep their due time in their hash only, so a range of the index is read for active ones alone.
        var isByTime = query.Status == TriggerStatus.Active;
        var lowest = isByTime && query.DueFrom is { } from ? from.ToUnixTimeMilliseconds() : double.NegativeInfinity;
        var highest = isByTime && query.DueBefore is { } before ? before.ToUnixTimeMilliseconds() : double.PositiveInfinity;
        IAsyncEnumerable<TriggerRecord> ReadAsync(Partition partition, CancellationToken token)
        {
            Task<TriggerRecord?> Read(string id, Deadline deadline) => TriggerHash.ReadAsync(keyspace, partition, id, deadline);
            IAsyncEnumerable<TriggerRecord> Live() =>
                new TriggerIndex(partition, partition.Keys.Triggers).ReadAsync(keyspace, lowest, highest, Read, token);
            IAsyncEnumerable<TriggerRecord> Ended() => new TriggerIndex(partition, partition.Keys.EndedTriggers).ReadAsync(
                keyspace, double.NegativeInfinity, double.PositiveInfinity, Read, token);
            return query switch
            {
                { Tag: { } tag } => new TagIndex(partition, tag).ReadAsync(keyspace, query.Status, lowest, highest, Read, token),
                { Status: null } => Live().Concat(Ended()),
                { Status: TriggerStatus.Active or TriggerStatus.Paused } => Live(),
                _ => Ended(),
            };
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
        OutcomeOf(await ChangeAsync(
            id, home => new FireTriggerRequest { Partition = home, Id = id, Retention = keyspace.EndedRetention },
            keyspace.Begin(cancellationToken)).ConfigureAwait(false));

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
        && (query.SourceType is null || found.SourceType == query.SourceType)
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
