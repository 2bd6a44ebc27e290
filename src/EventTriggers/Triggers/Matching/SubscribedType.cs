using EventTriggers.Triggers.OverTime;

namespace EventTriggers.Triggers.Matching;

/// <summary>Events that a trigger watches.</summary>
/// <param name="Type">Their wire name.</param>
/// <param name="Pattern">Which of them; <see langword="null"/> for all.</param>
/// <param name="Role">For what.</param>
/// <param name="Expires">Until when, in unix ms; 0 for as long as the trigger is there.</param>
internal sealed record SubscribedType(string Type, EventPattern? Pattern, SubscriptionRole Role, long Expires = 0)
{
    /// <summary>Gets everything that a trigger watches.</summary>
    public static IReadOnlyList<SubscribedType> Of(string? source, EventPattern? pattern, OverTimeRule? rule, CancelOnRule? cancellation, long? until, long? due = null)
    {
        var (all, expires) = (new List<SubscribedType>(), until is { } last ? CancelOnRule.ExpiryOf(last) : 0);
        if (source is not null)
        {
            all.Add(new SubscribedType(source, pattern, SubscriptionRole.First, expires));
        }

        if (rule?.NextType is { } next)
        {
            all.Add(new SubscribedType(next, rule.NextPattern, SubscriptionRole.Next, expires));
        }

        if (cancellation is not null)
        {
            all.AddRange(cancellation.WatchedUntil(due));
        }

        return all;
    }

    public TriggerSubscription By(string id, string version) => new(id, version, Role, Expires);
}
