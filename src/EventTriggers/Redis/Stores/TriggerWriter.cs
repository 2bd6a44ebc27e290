using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;
using EventTriggers.Triggers.OverTime;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Stores definitions of triggers, and lets those that wait for events watch them.</summary>
internal sealed class TriggerWriter(Keyspace keyspace, SubscriptionWriter watches, OutgoingEvents events, EventTypes types, IEventSerializer serializer)
{
    private const string KeptPrefix = "kept:";
    private const string ClockPrefix = "clock:";
    private const string OverPrefix = "over:";

    /// <summary>Adds a trigger; what happens when there is one of its id, the trigger says.</summary>
    public async ValueTask<string> AddAsync(TriggerDefinition definition, Deadline deadline)
    {
        var (added, word) = await WriteAsync("add a trigger", definition, WordOf(definition.Conflict), deadline).ConfigureAwait(false);
        return word == "conflict" ? throw new TriggerConflictException(added.Id) : added.Id;
    }

    /// <summary>Changes a trigger that has not ended into another; what it has done stays.</summary>
    /// <returns><see langword="false"/> when there is none, or it has ended.</returns>
    public async ValueTask<bool> UpdateAsync(TriggerDefinition definition, Deadline deadline) =>
        (await WriteAsync("update a trigger", definition, "update", deadline).ConfigureAwait(false)).Word != "no";

    /// <summary>Adds a trigger, or changes the one of its id where it is defined otherwise. One that is the same is left alone, whatever its status.</summary>
    public async ValueTask DeclareAsync(TriggerDefinition definition) => await WriteAsync("declare a trigger", definition, "declare", keyspace.Begin()).ConfigureAwait(false);

    private async ValueTask<(TriggerArguments Added, string Word)> WriteAsync(string what, TriggerDefinition definition, string conflict, Deadline deadline)
    {
        var now = keyspace.HostMs;
        definition = definition with { Id = definition.Id ?? IdGenerator.Next() };
        var home = keyspace.PartitionOf(definition.Id);
        var before = conflict is "update" or "replace" or "declare" ? await ReadWatchesAsync(definition.Id, deadline).ConfigureAwait(false) : (Version: string.Empty, Watched: []);
        while (true)
        {
            var add = TriggerArguments.Of(definition, conflict, now, events, types, serializer);
            var word = await keyspace.OperateAsync(
                what, Script.AddTrigger, home,
                [home.Keys.Trigger(add.Id), home.Keys.Triggers, home.Keys.EndedTriggers, home.Keys.History(add.Id), home.Keys.Declared], add.Arguments, deadline)
                .ConfigureAwait(false);
            if (word.StartsWith(ClockPrefix, StringComparison.Ordinal))
            {
                // This machine's clock is ahead, or an occurrence has passed meanwhile: when the trigger is first due is computed once more, by the clock of Redis.
                now = long.Parse(word.AsSpan(ClockPrefix.Length), CultureInfo.InvariantCulture);
                continue;
            }

            if (word.StartsWith(OverPrefix, StringComparison.Ordinal))
            {
                now = long.Parse(word.AsSpan(OverPrefix.Length), CultureInfo.InvariantCulture);
                throw add.IsNeverDue ? NeverDue(definition, now) : NeverFires(definition, now);
            }

            var version = word switch
            {
                "added" => add.Version,
                "conflict" or "no" => null,
                _ when word.StartsWith(KeptPrefix, StringComparison.Ordinal) => word[KeptPrefix.Length..],
                _ => throw new InvalidOperationException($"add_trigger.lua answered '{word}'."),
            };
            if (version is { Length: > 0 })
            {
                await WatchAsync(add, word, version, deadline.AfterChange).ConfigureAwait(false);
            }

            if (word == "added" && before.Version.Length > 0)
            {
                // After the new one: in between both watch, and what the old one matches is said to have ended.
                await SubscriptionWriter.TryRemoveAsync(deadline.AfterChange, _ => UnwatchAsync(add.Id, before.Version, before.Watched)).ConfigureAwait(false);
            }

            return (add, word);
        }
    }

    private static ArgumentException NeverDue(TriggerDefinition definition, long now) => new(
        $"The trigger is never due: it has no occurrence after {UnixTime.ToDateTimeOffset(now):u}{(definition.Last is { } last ? $" until {last:u}" : string.Empty)}.", nameof(definition));

    private static ArgumentException NeverFires(TriggerDefinition definition, long now)
    {
        var due = definition.Due ?? UnixTime.ToDateTimeOffset(now) + definition.Delay;
        var why = due > definition.Last ? $"it is due at {due:O}" : $"it is {UnixTime.ToDateTimeOffset(now):O} by the clock of Redis";
        return new ArgumentException($"The trigger never fires: Until is {definition.Last:O}, but {why}.", nameof(definition));
    }

    /// <summary>Cancels a trigger, and takes it out of what those who match look at.</summary>
    /// <param name="id">The trigger.</param>
    /// <param name="version">Which trigger of that id is meant; '' for any.</param>
    /// <param name="deadline">The caller's time; a new one where nobody waits.</param>
    public async ValueTask<CancelOutcome> CancelAsync(string id, string version = "", Deadline? deadline = null)
    {
        var (home, time) = (keyspace.PartitionOf(id), deadline ?? keyspace.Begin());
        var word = await keyspace.OperateAsync(
            "cancel a trigger", Script.CancelTrigger, home, [home.Keys.Trigger(id), home.Keys.Triggers, home.Keys.EndedTriggers],
            [id, .. keyspace.ProcessedRetention, version], time).ConfigureAwait(false);
        if (word != "canceled-watch")
        {
            return CancelOutcomes.Parse(word);
        }

        await SubscriptionWriter.TryRemoveAsync(time.AfterChange, async left =>
        {
            var (stored, watched) = await ReadWatchesAsync(id, left).ConfigureAwait(false);
            await UnwatchAsync(id, stored, watched).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return CancelOutcome.Canceled;
    }

    private ValueTask UnwatchAsync(string id, string version, IReadOnlyList<SubscribedType> watched) => watches.RemoveAsync(watched.Select(one => (one.By(id, version), one)));

    /// <summary>Lets what cancels a trigger do so until it is due at a later time.</summary>
    public async ValueTask ProlongAsync(string id, DateTimeOffset due, Deadline deadline)
    {
        var (version, watched) = await ReadWatchesAsync(id, deadline).ConfigureAwait(false);
        var expires = CancelOnRule.ExpiryOf(UnixTime.CeilingMs(due));
        foreach (var one in watched.Where(one => one.Role == SubscriptionRole.Cancel && one.Expires > 0 && one.Expires < expires).Select(one => one with { Expires = expires }))
        {
            await watches.AddAsync(one.By(id, version), one, deadline).ConfigureAwait(false);
        }
    }

    // Also for a trigger that was kept: whoever added it may have died before this.
    private async ValueTask WatchAsync(TriggerArguments add, string word, string version, Deadline deadline)
    {
        try
        {
            var watched = word.StartsWith(KeptPrefix, StringComparison.Ordinal) ? (await ReadWatchesAsync(add.Id, deadline).ConfigureAwait(false)).Watched : add.Watches;
            foreach (var one in watched)
            {
                await watches.AddAsync(one.By(add.Id, version), one, deadline).ConfigureAwait(false);
            }
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Trigger '{add.Id}' is stored, but may not see the events of every partition; add it again. {Failures.MessageOf(e)}", mayHaveHappened: true, e);
        }
    }

    // As they are stored.
    private async ValueTask<(string Version, IReadOnlyList<SubscribedType> Watched)> ReadWatchesAsync(string id, Deadline deadline)
    {
        var home = keyspace.PartitionOf(id);
        HashEntry[] fields;
        try
        {
            fields = await keyspace.ReadAsync("find a trigger", home, database =>
                database.HashGetAllAsync(home.Keys.Trigger(id), CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            // The script that comes next says so.
            return (string.Empty, []);
        }

        var hash = new HashFields(fields);
        var version = hash.Text("version") ?? string.Empty;
        try
        {
            return (version, SubscribedType.Of(
                hash.Text("on"),
                hash.Text("pattern") is { } pattern ? EventPattern.Parse(pattern) : null,
                OverTimeRule.Parse(hash.Text),
                hash.Text("cancelon") is { } cancel ? CancelOnRule.Parse(cancel) : null,
                hash.Number("until"),
                hash.Number("due")));
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            // Somebody has written into it. It can be changed and cancelled all the same, and whoever comes upon what it watched takes that out.
            return (version, []);
        }
    }

    private static string WordOf(OnConflict conflict) => conflict switch
    {
        OnConflict.Keep => "keep",
        OnConflict.Replace => "replace",
        _ => "throw",
    };
}
