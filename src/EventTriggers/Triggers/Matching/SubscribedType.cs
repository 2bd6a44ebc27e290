using EventTriggers.Events;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers.Triggers.Matching;

/// <summary>The events that a trigger subscribes to.</summary>
/// <param name="Type">Their wire name.</param>
/// <param name="Pattern">The condition on them; <see langword="null"/> for all.</param>
/// <param name="Role">Their role.</param>
/// <param name="Expires">When the subscription ends, in unix ms; 0 for as long as the trigger exists.</param>
internal sealed record SubscribedType(string Type, EventPattern? Pattern, SubscriptionRole Role, long Expires = 0)
{
    /// <summary>Lists everything that a trigger subscribes to.</summary>
    /// <param name="source">
    /// The wire names of the events that it waits for, as a <see cref="NameList"/>; <see langword="null"/> for none.
    /// </param>
    /// <param name="pattern">The condition on those.</param>
    /// <param name="rule">Its rule over time.</param>
    /// <param name="cancelOn">What cancels it.</param>
    /// <param name="until">Until when it fires, in unix ms.</param>
    /// <param name="due">When it is due, in unix ms, where it may have been moved.</param>
    public static IReadOnlyList<SubscribedType> FromTrigger(
        string? source, EventPattern? pattern, OverTimeRule? rule, CancelOnRule? cancelOn, long? until, long? due = null)
    {
        var (all, expires) = (new List<SubscribedType>(), until is { } last ? CancelOnRule.ToExpiry(last) : 0);
        if (source is not null)
        {
            all.AddRange(NameList.Split(source).Select(type => new SubscribedType(type, pattern, SubscriptionRole.First, expires)));
        }

        if (rule?.NextType is { } next)
        {
            all.AddRange(NameList.Split(next).Select(type => new SubscribedType(type, rule.NextPattern, SubscriptionRole.Next, expires)));
        }

        if (cancelOn is not null)
        {
            all.AddRange(cancelOn.ToSubscribedTypes(due));
        }

        return all;
    }

    /// <summary>Makes the subscription of a trigger to these events.</summary>
    public TriggerSubscription ToSubscription(string id, string version) => new(id, version, Role, Expires);

    /// <summary>Lists where indexes may hold a subscription to these events: only they know whether it is cached or looked up.</summary>
    public IEnumerable<StoredSubscription> Locate(TriggerSubscription subscription) =>
    [
        new StoredSubscription(subscription, Value: null),
        .. FieldValueKey.FromPattern(Pattern).Select(value => new StoredSubscription(subscription, value)),
    ];
}
