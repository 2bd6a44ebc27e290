using System.Globalization;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Stores definitions of triggers, and lets those that wait for events watch them.</summary>
internal sealed class TriggerWriter(Keyspace keyspace, OutgoingEvents events, EventTypes types)
{
    private const string KeptPrefix = "kept:";
    private const string ClockPrefix = "clock:";

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
            var add = TriggerArguments.Of(definition, conflict, now, events, types);
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
        var source = add.SourceType;
        try
        {
            if (word.StartsWith(KeptPrefix, StringComparison.Ordinal))
            {
                source = (await TriggerHash.ReadAsync(keyspace, home, add.Id).ConfigureAwait(false))?.SourceType;
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
                    (RedisValue[])[keyspace.PinnedNow, member, add.First])).AsTask())).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Trigger '{add.Id}' is stored, but may not see the events of every partition; add it again. {e.Message}", mayHaveHappened: true, e);
        }
    }

    private static string WordOf(OnConflict conflict) => conflict switch
    {
        OnConflict.Keep => "keep",
        OnConflict.Replace => "replace",
        _ => "throw",
    };
}
