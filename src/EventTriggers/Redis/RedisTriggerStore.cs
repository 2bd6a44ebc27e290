using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Stores and steers triggers.</summary>
internal sealed class RedisTriggerStore(Keyspace keyspace, OutgoingEvents events, EventTypes types) : ITriggerStore
{
    private const string KeptPrefix = "kept:";

    public async ValueTask<TriggerId> AddAsync(Trigger trigger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        cancellationToken.ThrowIfCancellationRequested();
        var add = TriggerArguments.Of(trigger.Definition, events, types);
        var home = keyspace.PartitionOf(add.Id.Value);
        var word = await keyspace.OperateAsync(
            "add a trigger", Script.AddTrigger, home,
            [home.Keys.Trigger(add.Id.Value), home.Keys.Triggers, home.Keys.EndedTriggers], add.Arguments).ConfigureAwait(false);
        var version = word switch
        {
            "added" => add.Version,
            "conflict" => throw new TriggerConflictException(add.Id),
            _ when word.StartsWith(KeptPrefix, StringComparison.Ordinal) => word[KeptPrefix.Length..],
            _ => throw new InvalidOperationException($"add_trigger.lua answered '{word}'."),
        };

        // Also for a trigger that was kept: whoever added it may have died before this.
        try
        {
            await WatchAsync(add, word, version, home).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Trigger '{add.Id}' is stored, but may not see the events of every partition; add it again. {e.Message}", mayHaveHappened: true, e);
        }

        return add.Id;
    }

    public async ValueTask<TriggerRecord?> FindAsync(TriggerId id, CancellationToken cancellationToken = default)
    {
        Names.ThrowIfInvalid(id);
        cancellationToken.ThrowIfCancellationRequested();
        await keyspace.EnsureReadyAsync().ConfigureAwait(false);
        return await ReadAsync(keyspace.PartitionOf(id.Value), id).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<TriggerRecord> QueryAsync(
        TriggerQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        await keyspace.EnsureReadyAsync().ConfigureAwait(false);

        // Paused triggers keep their due time in their hash only, so the index can be cut short for active ones alone.
        var highest = query is { Status: TriggerStatus.Active, DueBefore: { } before }
            ? before.ToUnixTimeMilliseconds() : double.PositiveInfinity;
        foreach (var partition in keyspace.Partitions)
        {
            var live = new TriggerIndex(partition.Keys.Triggers).ReadAsync(
                keyspace, highest, id => ReadAsync(partition, id), cancellationToken);
            var ended = new TriggerIndex(partition.Keys.EndedTriggers).ReadAsync(
                keyspace, double.PositiveInfinity, id => ReadAsync(partition, id), cancellationToken);
            IAsyncEnumerable<TriggerRecord>[] indexes = query.Status switch
            {
                null => [live, ended],
                TriggerStatus.Active or TriggerStatus.Paused => [live],
                _ => [ended],
            };
            foreach (var index in indexes)
            {
                await foreach (var found in index.ConfigureAwait(false))
                {
                    if (Matches(query, found))
                    {
                        yield return found;
                    }
                }
            }
        }
    }

    public async ValueTask<CancelOutcome> CancelAsync(TriggerId id, CancellationToken cancellationToken = default) =>
        CancelOutcomes.Parse(await SteerAsync("cancel a trigger", Script.CancelTrigger, id, cancellationToken, keyspace.ProcessedRetention).ConfigureAwait(false));

    public async ValueTask<bool> PauseAsync(TriggerId id, CancellationToken cancellationToken = default) =>
        IsOk(await SteerAsync("pause a trigger", Script.PauseTrigger, id, cancellationToken).ConfigureAwait(false));

    public async ValueTask<bool> ResumeAsync(TriggerId id, CancellationToken cancellationToken = default) =>
        IsOk(await SteerAsync("resume a trigger", Script.ResumeTrigger, id, cancellationToken).ConfigureAwait(false));

    public async ValueTask<bool> RescheduleAsync(TriggerId id, DateTimeOffset dueAt, CancellationToken cancellationToken = default)
    {
        var word = await SteerAsync("reschedule a trigger", Script.RescheduleTrigger, id, cancellationToken, Unix.CeilingMs(dueAt))
            .ConfigureAwait(false);
        return word == "untimed"
            ? throw new InvalidOperationException($"Trigger '{id}' waits for events; it has no due time to move.")
            : IsOk(word);
    }

    public async ValueTask<bool> FireNowAsync(TriggerId id, CancellationToken cancellationToken = default) =>
        IsOk(await SteerAsync("fire a trigger", Script.FireTrigger, id, cancellationToken, keyspace.ProcessedRetention).ConfigureAwait(false));

    private static bool IsOk(string word) => word switch
    {
        "ok" => true,
        "no" => false,
        _ => throw new InvalidOperationException($"A script that steers triggers answered '{word}'."),
    };

    private static bool Matches(TriggerQuery query, TriggerRecord found) =>
        (query.Status is null || found.Status == query.Status)
        && (query.Kind is null || found.Kind == query.Kind)
        && (query.EventType is null || found.EventType == query.EventType)
        && (query.Tag is null || found.Tags.Contains(query.Tag, StringComparer.Ordinal))
        && (query.DueBefore is null || found.DueAt < query.DueBefore);

    private async ValueTask<string> SteerAsync(
        string what, Script script, TriggerId id, CancellationToken cancellationToken, params RedisValue[] arguments)
    {
        Names.ThrowIfInvalid(id);
        cancellationToken.ThrowIfCancellationRequested();
        var home = keyspace.PartitionOf(id.Value);
        return await keyspace.OperateAsync(
            what, script, home, [home.Keys.Trigger(id.Value), home.Keys.Triggers, home.Keys.EndedTriggers], [id.Value, .. arguments])
            .ConfigureAwait(false);
    }

    // An event knows the triggers of its own partition only, so every partition's index gets the trigger before the call returns.
    private async ValueTask WatchAsync(TriggerArguments add, string word, string version, Partition home)
    {
        var source = add.SourceType;
        if (word != "added")
        {
            source = (await ReadAsync(home, add.Id).ConfigureAwait(false))?.SourceType;
        }

        if (source is null)
        {
            return;
        }

        var member = new Watch(add.Id, version).Member;
        await Task.WhenAll(keyspace.Partitions.Select(partition => keyspace.Patience.RunAsync(
            "let a trigger watch events", keyspace.Options.OperationTimeout, () => keyspace.Scripts.RunForWordAsync(
                Script.Watch,
                (RedisKey[])[partition.Keys.Root, partition.Keys.On(source), partition.Keys.Routes(source)],
                (RedisValue[])[keyspace.PinnedNow, member])).AsTask())).ConfigureAwait(false);
    }

    private async Task<TriggerRecord?> ReadAsync(Partition partition, TriggerId id)
    {
        var hash = await keyspace.ReadAsync("find a trigger", database =>
            database.HashGetAllAsync(partition.Keys.Trigger(id.Value), CommandFlags.DemandMaster)).ConfigureAwait(false);
        return TriggerHash.Read(id, hash);
    }
}
