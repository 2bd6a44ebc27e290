using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;
using EventTriggers.Triggers.OverTime;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Stores definitions of triggers, and subscribes those that wait for events.</summary>
internal sealed class TriggerWriter(
    Keyspace keyspace, SubscriptionWriter subscriptions, OutgoingEvents events, EventTypes types, IEventSerializer serializer)
{
    /// <summary>Adds a trigger. Its definition says what happens if its id is taken.</summary>
    public async ValueTask<string> AddAsync(TriggerDefinition definition, Deadline deadline)
    {
        var (added, outcome) = await WriteAsync(definition, RuleOf(definition.Conflict), deadline).ConfigureAwait(false);
        return outcome == AddOutcome.Conflict ? throw new TriggerConflictException(added.Id) : added.Id;
    }

    /// <summary>Changes the definition of a trigger that has not ended; its counts stay.</summary>
    public async ValueTask<ChangeOutcome> UpdateAsync(TriggerDefinition definition, Deadline deadline) =>
        (await WriteAsync(definition, ConflictRule.Update, deadline).ConfigureAwait(false)).Outcome switch
        {
            AddOutcome.Ended => ChangeOutcome.Ended,
            AddOutcome.NotFound => ChangeOutcome.NotFound,
            _ => ChangeOutcome.Done,
        };

    /// <summary>
    /// Adds a trigger, or changes the one with its id where that is defined otherwise. An unchanged trigger is left as it is, whatever its
    /// status.
    /// </summary>
    public async ValueTask DeclareAsync(TriggerDefinition definition) =>
        await WriteAsync(definition, ConflictRule.Declare, keyspace.Begin()).ConfigureAwait(false);

    private async ValueTask<(TriggerArguments Added, AddOutcome Outcome)> WriteAsync(
        TriggerDefinition definition, ConflictRule conflict, Deadline deadline)
    {
        var now = keyspace.HostMs;
        definition = definition with { Id = definition.Id ?? NewIdOf(definition) };
        if (definition.Options?.FindProblem(definition.Id, keyspace.Partitions.Count) is { } problem)
        {
            throw new ArgumentException(problem, nameof(definition));
        }

        var home = keyspace.PartitionOf(definition.Id);
        var replaces = conflict is ConflictRule.Update or ConflictRule.Replace or ConflictRule.Declare;
        var before = replaces
            ? await ReadSubscribedTypesAsync(AddTriggerRequest.WhatOf(conflict), definition.Id, deadline).ConfigureAwait(false)
            : (Version: string.Empty, Types: []);
        while (true)
        {
            var add = TriggerArguments.From(definition, now, events, types, serializer);
            var reply = await keyspace.Operations.RunAsync(
                new AddTriggerRequest { Partition = home, Trigger = add, Conflict = conflict }, deadline).ConfigureAwait(false);
            switch (reply.Outcome)
            {
                case AddOutcome.ClockIsOff:
                    // This machine's clock is ahead, or an occurrence has passed meanwhile: the first due time is computed once more, by
                    // the clock of Redis.
                    now = reply.NowMs;
                    continue;
                case AddOutcome.IsOver:
                    throw add.IsNeverDue ? NeverDue(definition, reply.NowMs) : NeverFires(definition, reply.NowMs);
                case AddOutcome.Stored when add.Version.Length > 0:
                    await SubscribeAsync(add.Id, add.Version, add.Subscriptions, deadline.AfterChange).ConfigureAwait(false);
                    break;
                case AddOutcome.Kept when reply.KeptVersion.Length > 0:
                    // The process that added it may have died before this.
                    await SubscribeAsync(add.Id, reply.KeptVersion, subscribed: null, deadline.AfterChange).ConfigureAwait(false);
                    break;
            }

            if (reply.Outcome == AddOutcome.Stored && before.Version.Length > 0)
            {
                // After the new subscriptions are added: in between both exist, and events that match the old one find that it has ended.
                await SubscriptionWriter.TryRemoveAsync(
                    deadline.AfterChange, _ => UnsubscribeAsync(add.Id, before.Version, before.Types)).ConfigureAwait(false);
            }

            return (add, reply.Outcome);
        }
    }

    // What a trigger raises lives in its partition: with several, its id begins with the key of its events.
    private string NewIdOf(TriggerDefinition definition)
    {
        if (keyspace.Partitions.Count == 1 || definition.Options is not { Key.Length: > 0 } options)
        {
            return IdGenerator.Next();
        }

        var id = DerivedIds.Keyed(options.Key);
        NameRules.ThrowIfInvalidTriggerId(id, nameof(definition));
        return id;
    }

    private static ArgumentException NeverDue(TriggerDefinition definition, long now) => new(
        "The trigger is never due: it has no occurrence after "
        + $"{UnixTime.ToDateTimeOffset(now):u}{(definition.Last is { } last ? $" until {last:u}" : string.Empty)}.",
            nameof(definition));

    private static ArgumentException NeverFires(TriggerDefinition definition, long now)
    {
        var due = definition.Due ?? UnixTime.ToDateTimeOffset(now) + definition.Delay;
        var why = due > definition.Last ? $"it is due at {due:O}" : $"it is {UnixTime.ToDateTimeOffset(now):O} by the clock of Redis";
        return new ArgumentException($"The trigger never fires: Until is {definition.Last:O}, but {why}.", nameof(definition));
    }

    /// <summary>Cancels a trigger, and removes its subscriptions.</summary>
    /// <param name="id">The trigger.</param>
    /// <param name="version">Which trigger with that id is meant; <see langword="null"/> for any.</param>
    /// <param name="deadline">The caller's time; a new one where no caller waits.</param>
    public async ValueTask<CancelOutcome> CancelAsync(string id, string? version = null, Deadline? deadline = null)
    {
        var (home, time) = (keyspace.PartitionOf(id), deadline ?? keyspace.Begin());
        var found = await keyspace.Operations.RunAsync(
            new CancelTriggerRequest { Partition = home, Id = id, Version = version, Retention = keyspace.EndedRetention },
            time).ConfigureAwait(false);
        if (!found.HasSubscriptions)
        {
            return found.Outcome;
        }

        await SubscriptionWriter.TryRemoveAsync(time.AfterChange, async left =>
        {
            var (stored, subscribed) = await ReadSubscribedTypesAsync("cancel a trigger", id, left).ConfigureAwait(false);
            await UnsubscribeAsync(id, stored, subscribed).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return CancelOutcome.Canceled;
    }

    /// <summary>Removes the subscriptions of a trigger that was canceled, as far as partitions answer soon.</summary>
    public ValueTask TryUnsubscribeAsync(string id) => SubscriptionWriter.TryRemoveAsync(keyspace.Begin(), async left =>
    {
        var (stored, subscribed) = await ReadSubscribedTypesAsync("cancel a trigger", id, left).ConfigureAwait(false);
        await UnsubscribeAsync(id, stored, subscribed).ConfigureAwait(false);
    });

    private ValueTask UnsubscribeAsync(string id, string version, IReadOnlyList<SubscribedType> subscribed) =>
        subscriptions.RemoveAsync(subscribed.Select(one => (one.ToSubscription(id, version), one)));

    /// <summary>Prolongs the subscriptions that cancel a trigger which is due later now.</summary>
    public async ValueTask ProlongAsync(string id, DateTimeOffset due, Deadline deadline)
    {
        var (version, subscribed) = await ReadSubscribedTypesAsync("reschedule a trigger", id, deadline).ConfigureAwait(false);
        var expires = CancelOnRule.ToExpiry(UnixTime.CeilingMs(due));
        foreach (var one in subscribed.Where(
            one => one.Role == SubscriptionRole.Cancel
                && one.Expires > 0
                && one.Expires < expires).Select(one => one with { Expires = expires }))
        {
            await subscriptions.AddAsync(one.ToSubscription(id, version), one, deadline).ConfigureAwait(false);
        }
    }

    // What the trigger subscribes to is read where it is not given.
    private async ValueTask SubscribeAsync(string id, string version, IReadOnlyList<SubscribedType>? subscribed, Deadline deadline)
    {
        try
        {
            subscribed ??= (await ReadSubscribedTypesAsync("add a trigger", id, deadline).ConfigureAwait(false)).Types;
            foreach (var one in subscribed)
            {
                await subscriptions.AddAsync(one.ToSubscription(id, version), one, deadline).ConfigureAwait(false);
            }
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Trigger '{id}' is stored, but may not see the events of every partition; add it again. {Failures.MessageOf(e)}",
                mayHaveHappened: true, e);
        }
    }

    // As they are stored.
    private async ValueTask<(string Version, IReadOnlyList<SubscribedType> Types)> ReadSubscribedTypesAsync(
        string what, string id, Deadline deadline)
    {
        var home = keyspace.PartitionOf(id);
        HashEntry[] fields;
        try
        {
            fields = await keyspace.Operations.ReadAsync(what, home, database =>
                database.HashGetAllAsync(home.Keys.Trigger(id), CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            // The next script reports it.
            return (string.Empty, []);
        }

        var hash = new HashFields(fields);
        var version = hash.Text("version") ?? string.Empty;
        try
        {
            return (version, SubscribedType.FromTrigger(
                hash.Text("on"),
                hash.Text("pattern") is { } pattern ? EventPattern.Parse(pattern) : null,
                OverTimeRule.Parse(hash.Text),
                hash.Text("cancelon") is { } cancel ? CancelOnRule.Parse(cancel) : null,
                hash.Number("until"),
                hash.Number("due")));
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            // Something else has written into it. It can be changed and canceled all the same, and the process that comes upon its
            // subscriptions removes them.
            return (version, []);
        }
    }

    private static ConflictRule RuleOf(OnConflict conflict) => conflict switch
    {
        OnConflict.Keep => ConflictRule.Keep,
        OnConflict.Replace => ConflictRule.Replace,
        _ => ConflictRule.Throw,
    };
}
