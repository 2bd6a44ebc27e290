using EventTriggers.Redis;
using EventTriggers.Triggers.Conditions;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers.Triggers.Matching;

/// <summary>A trigger that subscribes to a type, as the matching processes know it.</summary>
/// <param name="subscription">The subscription.</param>
/// <param name="startsAfter">The number of the subscription: the trigger is matched only with later events.</param>
/// <param name="pattern">The condition on the events.</param>
internal sealed class SubscribedTrigger(TriggerSubscription subscription, long startsAfter, EventPattern? pattern) : PatternEntry
{
    /// <summary>The fields of a hash that a trigger is read from.</summary>
    public static readonly string[] Fields = ["version", "pattern", "template", "type", "cancelon", "trace", .. OverTimeRule.Fields];

    private string? _mark;
    private int _isReported;

    public TriggerSubscription Subscription => subscription;

    /// <summary>Gets the trigger's name in chains of triggers.</summary>
    public string Mark => _mark ??= TriggerChain.ToMark(subscription.Id);

    /// <summary>
    /// Gets a value indicating whether it fires for an event, now or when its time comes; one that only ends or answers something does not.
    /// </summary>
    public bool Fires => subscription.Role == SubscriptionRole.First
        || (subscription.Role == SubscriptionRole.Next && Rule?.Kind == OverTimeKind.FollowedBy);

    /// <summary>Gets the number of the subscription: the trigger is matched only with later events.</summary>
    public long StartsAfter => startsAfter;

    /// <summary>Gets the condition on the events of this role; <see langword="null"/> for all.</summary>
    public EventPattern? Pattern => pattern;

    /// <summary>Gets the rule over time; <see langword="null"/> where the trigger fires for each event.</summary>
    public OverTimeRule? Rule { get; init; }

    /// <summary>Gets the template of what it raises; <see langword="null"/> where the payload is always the same.</summary>
    public EventTemplate? Template { get; init; }

    /// <summary>Gets the context of the span in which it was added, as it is stored; <see langword="null"/> for none.</summary>
    public string? Trace { get; init; }

    /// <summary>Gets the value under which it is looked up; <see langword="null"/> where it is cached.</summary>
    public FieldValueKey? Value { get; init; }

    /// <summary>Reads a trigger from its hash, or what cancels an event from the event's.</summary>
    /// <param name="stored">The subscription.</param>
    /// <param name="startsAfter">The number of the subscription.</param>
    /// <param name="field">Gets the values of <see cref="Fields"/>.</param>
    /// <returns>
    /// The trigger; <see langword="null"/> when it has another version by now: it has ended, or that version has a subscription of its own.
    /// </returns>
    /// <exception cref="ArgumentException">The hash cannot be read.</exception>
    public static SubscribedTrigger? FromHash(StoredSubscription stored, long startsAfter, Func<string, string?> field)
    {
        var subscription = stored.Subscription;
        if (!IsCurrent(subscription, field))
        {
            return null;
        }

        if (subscription.Cancels)
        {
            return field("cancelon") is { } cancelOn
                ? new SubscribedTrigger(subscription, startsAfter, CancelOnRule.Parse(cancelOn).Pattern) { Value = stored.Value }
                : null;
        }

        var rule = ReadRule(field);
        var pattern = subscription.Role == SubscriptionRole.Next ? rule?.NextPattern : ParsePattern(field("pattern"));
        return new SubscribedTrigger(subscription, startsAfter, pattern)
        {
            Rule = rule,
            Template = field("template") is { } template ? new EventTemplate(field("type")!, template) : null,
            Trace = field("trace"),
            Value = stored.Value,
        };
    }

    /// <summary>Tells whether a hash still holds what subscribes.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="field">Gets the values of <see cref="Fields"/>.</param>
    public static bool IsCurrent(TriggerSubscription subscription, Func<string, string?> field) =>
        subscription.Role == SubscriptionRole.CancelEvent ? field("cancelon") is not null : field("version") == subscription.Version;

    /// <summary>Tells whether a failure comes from what something else has written into a hash, or put in its place.</summary>
    public static bool IsUnreadable(Exception e) =>
        e is ArgumentException or FormatException or OverflowException or IndexOutOfRangeException or InvalidCastException
        || RedisFailures.IsRejected(e);

    /// <summary>Marks the trigger as reported.</summary>
    /// <returns><see langword="false"/> when it was reported before.</returns>
    public bool TryReport() => Interlocked.Exchange(ref _isReported, 1) == 0;

    private static OverTimeRule? ReadRule(Func<string, string?> field)
    {
        var rule = OverTimeRule.Parse(field);
        foreach (var pointer in ((string?[])[rule?.Per, rule?.NextPer, rule?.Distinct]).OfType<string>())
        {
            // Checked here, so that an invalid pointer fails this trigger only.
            _ = JsonPointer.ToNames(pointer);
        }

        return rule;
    }

    private static EventPattern? ParsePattern(string? json) => json is null ? null : EventPattern.Parse(json);
}
