using System.Globalization;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Stores definitions of triggers, and lets those that wait for events watch them.</summary>
internal sealed class TriggerWriter(Keyspace keyspace, OutgoingEvents events, EventTypes types, IEventSerializer serializer)
{
    private const string KeptPrefix = "kept:";
    private const string ClockPrefix = "clock:";

    // So many triggers of a type are held in memory by each process that matches; more of them, where they can be, are looked up by a value that few share.
    private const int Crowd = 1000;
    private const int Shared = 100;

    /// <summary>Adds a trigger; what happens when there is one of its id, the trigger says.</summary>
    public async ValueTask<TriggerId> AddAsync(TriggerDefinition definition)
    {
        var (added, word) = await WriteAsync("add a trigger", definition, WordOf(definition.Conflict)).ConfigureAwait(false);
        return word == "conflict" ? throw new TriggerConflictException(added.Id) : added.Id;
    }

    /// <summary>Changes a trigger that has not ended into another; what it has done stays.</summary>
    /// <returns><see langword="false"/> when there is none, or it has ended.</returns>
    public async ValueTask<bool> UpdateAsync(TriggerDefinition definition) =>
        (await WriteAsync("update a trigger", definition, "update").ConfigureAwait(false)).Word != "no";

    /// <summary>Adds a trigger, or changes the one of its id where it is defined otherwise. One that is the same is left alone, whatever its status.</summary>
    public async ValueTask DeclareAsync(TriggerDefinition definition) => await WriteAsync("declare a trigger", definition, "declare").ConfigureAwait(false);

    private async ValueTask<(TriggerArguments Added, string Word)> WriteAsync(string what, TriggerDefinition definition, string conflict)
    {
        var now = keyspace.HostMs;
        definition = definition with { Id = definition.Id ?? new TriggerId(NewIds.Next()) };
        var home = keyspace.PartitionOf(definition.Id.Value.Value);
        while (true)
        {
            var add = TriggerArguments.Of(definition, conflict, now, events, types, serializer);
            var word = await keyspace.OperateAsync(
                what, Script.AddTrigger, home,
                [home.Keys.Trigger(add.Id.Value), home.Keys.Triggers, home.Keys.EndedTriggers, home.Keys.History(add.Id.Value), home.Keys.Declared], add.Arguments)
                .ConfigureAwait(false);
            if (word.StartsWith(ClockPrefix, StringComparison.Ordinal))
            {
                // This machine's clock is ahead, or an occurrence has passed meanwhile: when the trigger is first due is computed once more, by the clock of Redis.
                now = long.Parse(word.AsSpan(ClockPrefix.Length), CultureInfo.InvariantCulture);
                continue;
            }

            var version = word switch
            {
                "added" => add.Version,
                "conflict" or "no" => null,
                _ when word.StartsWith(KeptPrefix, StringComparison.Ordinal) => word[KeptPrefix.Length..],
                _ => throw new InvalidOperationException($"add_trigger.lua answered '{word}'."),
            };
            if (version is not null)
            {
                await WatchAsync(add, word, version, home).ConfigureAwait(false);
            }

            return (add, word);
        }
    }

    // An event knows the triggers of its own partition only, so every partition's index gets the trigger before the call returns. Also for a
    // trigger that was kept: whoever added it may have died before this.
    private async ValueTask WatchAsync(TriggerArguments add, string word, string version, Partition home)
    {
        try
        {
            var watches = word.StartsWith(KeptPrefix, StringComparison.Ordinal) ? await WatchesOfAsync(home, add.Id).ConfigureAwait(false) : add.Watches;
            foreach (var watched in watches)
            {
                var (member, lookups) = (new Watch(add.Id, version, watched.Role).Member, Lookup.Of(watched.Pattern));
                await Task.WhenAll(keyspace.Partitions.Select(partition => keyspace.Patience.RunAsync(
                    "let a trigger watch events", keyspace.Options.OperationTimeout, () => keyspace.Scripts.RunForWordAsync(
                        Script.Watch,
                        (RedisKey[])[partition.Keys.Root, partition.Keys.On(watched.Type), partition.Keys.Watched(watched.Type), partition.Keys.Routes(watched.Type),
                            .. lookups.Select(lookup => partition.Keys.By(lookup.KeyFor(watched.Type)))],
                        (RedisValue[])[member, Crowd, Shared, .. lookups.Select(static lookup => (RedisValue)lookup.Field)])).AsTask())).ConfigureAwait(false);
            }
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Trigger '{add.Id}' is stored, but may not see the events of every partition; add it again. {e.Message}", mayHaveHappened: true, e);
        }
    }

    /// <summary>Takes a cancelled trigger out of what those who match look at.</summary>
    public async ValueTask UnwatchAsync(TriggerId id)
    {
        var home = keyspace.PartitionOf(id.Value);
        try
        {
            var version = await keyspace.ReadAsync("find a trigger", database =>
                database.HashGetAsync(home.Keys.Trigger(id.Value), "version", CommandFlags.DemandMaster)).ConfigureAwait(false);
            foreach (var watched in await WatchesOfAsync(home, id).ConfigureAwait(false))
            {
                // Where it is, held or looked up, only the index knows.
                var watch = new Watch(id, version.ToString(), watched.Role);
                WatchedTrigger[] everywhere =
                [
                    new(watch, 0, pattern: null),
                    .. Lookup.Of(watched.Pattern).Select(lookup => new WatchedTrigger(watch, 0, pattern: null) { Lookup = lookup }),
                ];
                await Task.WhenAll(keyspace.Partitions.Select(partition => WatchIndex.UnwatchAsync(keyspace, partition, watched.Type, everywhere).AsTask())).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (RedisFailures.IsRedis(e) || e is StoreUnavailableException)
        {
            // It is cancelled all the same, and the first event that would match takes it out.
        }
    }

    // As they are stored.
    private async ValueTask<IReadOnlyList<WatchedType>> WatchesOfAsync(Partition home, TriggerId id)
    {
        var fields = await keyspace.ReadAsync("find a trigger", database =>
            database.HashGetAllAsync(home.Keys.Trigger(id.Value), CommandFlags.DemandMaster)).ConfigureAwait(false);
        var hash = new HashFields(fields);
        return hash.Text("on") is { } source
            ? TriggerArguments.WatchesOf(source, hash.Text("pattern") is { } pattern ? EventPattern.Parse(pattern) : null, OverTimeRule.Parse(hash.Text))
            : [];
    }

    private static string WordOf(OnConflict conflict) => conflict switch
    {
        OnConflict.Keep => "keep",
        OnConflict.Replace => "replace",
        _ => "throw",
    };
}
