using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Explaining;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Explains what triggers do with events. It only reads.</summary>
internal sealed class TriggerExplainer(Keyspace keyspace)
{
    private const string What = "explain a trigger";
    private const int MaxTriggers = 100;

    // The fewest bytes that a value takes among others.
    private const int BytesOfValue = 2;

    /// <summary>Explains what a trigger does with an event; <see langword="null"/> if one of them does not exist.</summary>
    public async Task<TriggerExplanation?> ExplainAsync(string triggerId, string eventId, Deadline deadline)
    {
        var (reading, finding) = (ReadTriggerAsync(triggerId, deadline), ReadEventAsync(eventId, deadline));
        await Task.WhenAll(reading, finding).ConfigureAwait(false);
        return await reading.ConfigureAwait(false) is { } trigger && await finding.ConfigureAwait(false) is { } source
            ? await ExplainAsync(
                trigger, await FindMatchFailureAsync(Check(source), deadline).ConfigureAwait(false), deadline).ConfigureAwait(false)
            : null;
    }

    /// <summary>Explains what the first triggers of a type do with a payload.</summary>
    public async Task<TypeExplanation> ExplainAsync(string type, ReadOnlyMemory<byte> payload, Deadline deadline)
    {
        var given = ExplainedEvent.FromPayload(IdGenerator.Next(), type, payload);
        var list = new SubscriptionList(keyspace, keyspace.PartitionOf(given.Delivery.Id), type);
        var source = await FindMatchFailureAsync(Check(given), deadline).ConfigureAwait(false);
        var subscriptions = source.MatchFailure is null
            ? await list.ReadAsync(source.Delivery.Json, deadline).ConfigureAwait(false)
            : (await list.ReadCachedAsync(deadline).ConfigureAwait(false)).All;
        string[] ids =
        [
            .. subscriptions.Select(static one => one.Stored.Subscription)
                .Where(static one => one.Role != SubscriptionRole.CancelEvent).Select(static one => one.Id)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MaxTriggers + 1),
        ];
        var unread = new FailedPartitions();
        var triggers = await Task.WhenAll(ids.Take(MaxTriggers).Select(id =>
            unread.TryAsync(keyspace.PartitionOf(id), () => ExplainAsync(id, source, deadline)))).ConfigureAwait(false);
        return new TypeExplanation
        {
            EventType = type,
            Triggers = [.. triggers.OfType<TriggerExplanation>()],
            HasMore = ids.Length > MaxTriggers,
            UnreadPartitions = unread.Partitions,
        };
    }

    private async ValueTask<TriggerExplanation?> ExplainAsync(string id, ExplainedEvent source, Deadline deadline) =>
        await ReadTriggerAsync(id, deadline).ConfigureAwait(false) is { } trigger
            ? await ExplainAsync(trigger, source, deadline).ConfigureAwait(false)
            : null;

    private async Task<TriggerExplanation> ExplainAsync(ExplainedTrigger trigger, ExplainedEvent source, Deadline deadline)
    {
        var facts = await FindFactsAsync(trigger, source, deadline).ConfigureAwait(false);
        var (verdict, reason) = VerdictRules.Decide(facts);
        var (raised, delivery) = (facts.Reply.RaisedId, source.Delivery);
        return new TriggerExplanation
        {
            Trigger = trigger.Record,
            EventId = source.Record?.Id,
            EventType = delivery.Type,
            Verdict = verdict,
            Reason = reason,
            Matching = source.Matching,
            SubscriptionNumber = facts.Roles.Select(static role => role.Number).FirstOrDefault(static number => number is not null),
            LastSubscriptionNumber = delivery.Watermark == Watermark.Everything ? null : delivery.Watermark.All,
            Conditions = [.. facts.Roles.Select(static role => role.Condition)],
            OverTime = facts is { Keyed: not null, Rule: { } rule } && facts.Reply.HasState
                ? OverTimeLayout.Create(rule, facts.Shown, delivery, facts.Reply)
                : null,
            RaisedId = raised.Length == 0 ? null : raised,
            Raised = raised.Length == 0 ? null : (await ReadEventAsync(raised, deadline).ConfigureAwait(false))?.Record,
        };
    }

    private async Task<MatchFacts> FindFactsAsync(ExplainedTrigger trigger, ExplainedEvent source, Deadline deadline)
    {
        var delivery = source.Delivery;
        var matched = source.Failure is null
            ? new MatchedEvent(delivery, among: 1, keyspace.Options.MaxPayloadBytes, keyspace.Partitions.Count)
            : null;
        var roles = await FindRolesAsync(trigger, source, matched is not null, deadline).ConfigureAwait(false);
        SubscribedTrigger[] shown =
        [
            .. roles.Where(static role => role.IsFound && !role.Trigger.Subscription.Cancels).Select(static role => role.Trigger)
                .Where(one => !one.Fires || !delivery.Chain.Has(one.Mark)),
        ];
        var keyed = matched is null
            ? null
            : KeyedEvent.FromMatches([.. shown.Where(static one => one.Rule is not null)], delivery.Json).SingleOrDefault();
        return new MatchFacts
        {
            Trigger = trigger.Record,
            Failure = trigger.Failure,
            EventType = delivery.Type,
            EventFailure = source.Failure,
            IsPublished = source.Record is not null,
            Matching = source.Matching,
            Roles = roles,
            Shown = shown,
            MatchFailure = source.MatchFailure,
            ExpiresAt = source.Record?.ExpiresAt,
            Keyed = keyed,
            RaiseFailure = matched is null ? null : RaiseFailureOf(matched, shown),
            Reply = await AskAsync(trigger, source, keyed, matched, deadline).ConfigureAwait(false),
        };
    }

    // Notes why the payload cannot be matched.
    private ExplainedEvent Check(ExplainedEvent source)
    {
        var json = source.Delivery.Json;
        if (source.Failure is not null || json.Length > keyspace.Options.MaxPayloadBytes)
        {
            return source.Failure is not null ? source : source with
            {
                Failure = $"its payload has {json.Length} bytes, and may have {keyspace.Options.MaxPayloadBytes} (MaxPayloadBytes).",
            };
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                // To its end, and no deeper than matching reads.
            }

            return source;
        }
        catch (JsonException e)
        {
            return source with { Failure = Failures.DescribeUnreadable(e) };
        }
    }

    // A trigger that was moved may have two subscriptions of a role.
    private async Task<IReadOnlyList<ExplainedRole>> FindRolesAsync(
        ExplainedTrigger trigger, ExplainedEvent source, bool canMatch, Deadline deadline)
    {
        var (delivery, roles) = (source.Delivery, new List<ExplainedRole>());
        foreach (var same in trigger.SubscriptionsTo(delivery.Type).GroupBy(static one => one.Type.Role))
        {
            var numbers = await Task.WhenAll(same.SelectMany(one => one.Type.Locate(one.Trigger.Subscription))
                .Select(stored => FindNumberAsync(stored, delivery, deadline))).ConfigureAwait(false);
            var (number, first) = (numbers.Min(), same.First().Trigger);
            var condition = ConditionOf(first, delivery, canMatch);
            roles.Add(new ExplainedRole(first, number, number <= delivery.Watermark.All, condition));
        }

        return roles;
    }

    private async Task<long?> FindNumberAsync(StoredSubscription stored, Delivery delivery, Deadline deadline)
    {
        var partition = keyspace.PartitionOf(delivery.Id);
        var key = stored.Value is { } value
            ? partition.Keys.SubscriptionsByValue(value.ToHash(delivery.Type))
            : partition.Keys.Subscriptions(delivery.Type);
        return (long?)await keyspace.Operations.ReadIndexAsync(
            What, partition, key,
            database => database.SortedSetScoreAsync(key, stored.Subscription.Member, CommandFlags.DemandMaster), deadline)
            .ConfigureAwait(false);
    }

    private static ConditionExplanation ConditionOf(SubscribedTrigger trigger, Delivery delivery, bool canMatch)
    {
        var role = trigger.Subscription.Role switch
        {
            SubscriptionRole.First => ConditionRole.Source,
            SubscriptionRole.Next => ConditionRole.Following,
            _ => ConditionRole.Cancel,
        };
        if (trigger.Pattern is not { } pattern)
        {
            return new ConditionExplanation { Role = role, Holds = canMatch ? true : null };
        }

        var holds = canMatch ? pattern.Match(delivery.Json) : null;
        var (fields, alternatives) = holds is null ? ([], pattern.Conditions.Count) : PatternLayout.Create(pattern, delivery.Json);
        return new ConditionExplanation
        {
            Role = role, Pattern = pattern.ToString(), Holds = holds, Alternatives = alternatives, Fields = fields,
        };
    }

    private static string? RaiseFailureOf(MatchedEvent matched, IEnumerable<SubscribedTrigger> shown)
    {
        try
        {
            foreach (var trigger in shown)
            {
                matched.Render(trigger);
            }

            return null;
        }
        catch (FormatException e)
        {
            return Failures.MessageOf(e);
        }
    }

    // What depends on all triggers that would fire for the event: they share what it may lead to. Most events need not ask for them.
    private async Task<ExplainedEvent> FindMatchFailureAsync(ExplainedEvent source, Deadline deadline)
    {
        var delivery = source.Delivery;
        var mayHaveTooManyValues = delivery.Json.Length > BytesOfValue * SubscriptionIndex.MostLookups;
        if (source.Failure is not null || (delivery.Chain.Depth == 0 && !mayHaveTooManyValues))
        {
            return source;
        }

        try
        {
            var list = new SubscriptionList(keyspace, keyspace.PartitionOf(delivery.Id), delivery.Type);
            var firing = await list.CountFiringAsync(delivery, deadline).ConfigureAwait(false);
            return delivery.Chain.FindProblem(delivery.Id, firing, keyspace.Options.MaxTriggerChain) is { } problem
                ? source with { MatchFailure = (TriggerVerdict.ChainTooLong, problem) }
                : source;
        }
        catch (UnmatchableException e)
        {
            return source with { MatchFailure = (TriggerVerdict.DeadLetter, $"The event cannot be matched: {Failures.MessageOf(e)}") };
        }
    }

    private Task<ExplainReply> AskAsync(
        ExplainedTrigger trigger, ExplainedEvent source, KeyedEvent? keyed, MatchedEvent? matched, Deadline deadline)
    {
        var (home, delivery) = (keyspace.PartitionOf(trigger.Record.Id), source.Delivery);
        return keyspace.Operations.ReadAsync(
            What, home, new ExplainRequest
            {
                Partition = home,
                Now = keyspace.PinnedNow,
                MostLiveKeys = keyspace.Options.MostLiveKeys,
                EventId = delivery.Id,
                PublishedMs = source.Record is null ? null : delivery.PublishedMs,
                Number = source.Record is null ? null : delivery.Watermark.Number,
                Source = matched?.Source ?? [],
                TriggerId = trigger.Record.Id,
                Version = trigger.Version,
                Keyed = keyed,
            }, deadline);
    }

    private async Task<ExplainedTrigger?> ReadTriggerAsync(string id, Deadline deadline)
    {
        var home = keyspace.PartitionOf(id);
        return await ReadHashAsync(home, home.Keys.Trigger(id), deadline).ConfigureAwait(false) is { } hash
            ? ExplainedTrigger.FromHash(id, hash)
            : ExplainedTrigger.Foreign(id);
    }

    private async Task<ExplainedEvent?> ReadEventAsync(string id, Deadline deadline)
    {
        var home = keyspace.PartitionOf(id);
        return await ReadHashAsync(home, home.Keys.Event(id), deadline).ConfigureAwait(false) is { } hash
            ? ExplainedEvent.FromHash(id, hash)
            : ExplainedEvent.Foreign(id);
    }

    // null where the key does not hold a hash.
    private async Task<HashEntry[]?> ReadHashAsync(Partition home, RedisKey key, Deadline deadline)
    {
        try
        {
            return await keyspace.Operations.ReadAsync(
                What, home, database => database.HashGetAllAsync(key, CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            return null;
        }
    }
}
