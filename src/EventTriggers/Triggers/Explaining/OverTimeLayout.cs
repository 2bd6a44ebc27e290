using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers.Triggers.Explaining;

/// <summary>Lays out what a rule over time knows of one value of its key.</summary>
internal static class OverTimeLayout
{
    /// <summary>Lays it out.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="shown">The roles in which the event is shown to the trigger.</param>
    /// <param name="delivery">The event.</param>
    /// <param name="reply">What the server says.</param>
    public static OverTimeExplanation Create(
        OverTimeRule rule, IReadOnlyList<SubscribedTrigger> shown, Delivery delivery, ExplainReply reply)
    {
        CountedEvent[] events = [.. ListEvents(delivery.Id, reply)];
        var (missing, until) = FindMissing(rule, events, reply);
        return new OverTimeExplanation
        {
            Kind = rule.Kind,
            Key = FindKey(rule, shown, delivery.Json),
            Events = events,
            Missing = missing,
            Until = until,
            DueAt = rule.Kind is OverTimeKind.NotFollowedBy or OverTimeKind.Debounce && reply.EntryScore >= 0 ? Time(reply.DueMs) : null,
            AnsweredBy = rule.Kind == OverTimeKind.NotFollowedBy && reply.EntryScore < 0 ? reply.Answer?.Id : null,
            RecentFirings = [.. reply.FiredMs.Select(UnixTime.ToDateTimeOffset)],
            FreeAt = rule.Throttle > 0 && reply.FiredMs.Count >= rule.Throttle
                ? Time(reply.FiredMs[^(int)rule.Throttle] + rule.ThrottleSpan)
                : null,
            SameValueAs = reply.SameValue?.Id,
            CountsAgainAt = Time(reply.SameValue?.Ms + rule.DistinctSpan),
            MayHaveForgotten = reply.IsStale,
        };
    }

    private static DateTimeOffset? Time(long? ms) => ms is { } moment ? UnixTime.ToDateTimeOffset(moment) : null;

    private static string? FindKey(OverTimeRule rule, IReadOnlyList<SubscribedTrigger> shown, byte[] json)
    {
        var isFirst = shown.Any(static trigger => trigger.Subscription.Role == SubscriptionRole.First);
        if ((isFirst ? rule.Per : rule.NextPer ?? rule.Per) is not { } field)
        {
            return null;
        }

        return new FieldValueReader([field]).ReadFirst(json).TryGetValue(field, out var key)
            ? Excerpt.Of(key.Value is ['"', .. var text] ? text : key.Value, PayloadTree.MaxQuoted)
            : null;
    }

    private static IEnumerable<CountedEvent> ListEvents(string own, ExplainReply reply)
    {
        var entries = WithOwn(reply.Entries, own, reply.EntryScore).Select(static entry => (Entry: entry, Role: ConditionRole.Source));
        var answers = WithOwn(reply.Answers, own, reply.AnswerScore).Select(static entry => (Entry: entry, Role: ConditionRole.Following));
        return entries.Concat(answers).OrderBy(static one => one.Entry.Ms).Select(static one => new CountedEvent
        {
            Id = one.Entry.Id, PublishedAt = UnixTime.ToDateTimeOffset(one.Entry.Ms), Role = one.Role,
        });
    }

    private static IEnumerable<(string Id, long Ms)> WithOwn(IReadOnlyList<(string Id, long Ms)> entries, string own, long? score) =>
        score is { } ms and >= 0 && entries.All(entry => entry.Id != own) ? entries.Append((own, ms)) : entries;

    private static (int? Missing, DateTimeOffset? Until) FindMissing(OverTimeRule rule, CountedEvent[] events, ExplainReply reply) =>
        (rule.Kind, reply) switch
        {
            (OverTimeKind.FollowedBy, { EntryScore: { } at and >= 0 }) => (1, Time(at + rule.Span)),
            (OverTimeKind.FollowedBy, { AnswerScore: >= 0 }) => (1, null),
            (OverTimeKind.Count, { EntryScore: { } at and >= 0 }) => CountMissing(rule, at, events),
            _ => (null, null),
        };

    // Of all spans with the event, the latest of those with the most events.
    private static (int? Missing, DateTimeOffset? Until) CountMissing(OverTimeRule rule, long at, CountedEvent[] events)
    {
        var moments = Array.ConvertAll(events, static one => one.PublishedAt.ToUnixTimeMilliseconds());
        var (most, start, end) = (0, at, 0);
        for (var i = 0; i < moments.Length && moments[i] <= at; i++)
        {
            while (end < moments.Length && moments[end] <= moments[i] + rule.Span)
            {
                end++;
            }

            if (end - i >= most && moments[i] >= at - rule.Span)
            {
                (most, start) = (end - i, moments[i]);
            }
        }

        return ((int)Math.Max(0, rule.Count - most), Time(start + rule.Span));
    }
}
