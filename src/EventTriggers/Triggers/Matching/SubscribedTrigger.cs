using EventTriggers.Redis;
using EventTriggers.Triggers.Conditions;
using EventTriggers.Triggers.OverTime;
using StackExchange.Redis;

namespace EventTriggers.Triggers.Matching;

/// <summary>A trigger that waits for a type, as those who match know it.</summary>
internal sealed class SubscribedTrigger(TriggerSubscription watch, long number, EventPattern? pattern) : PatternEntry
{
    /// <summary>The fields of a trigger's hash that it is read from.</summary>
    public static readonly RedisValue[] Fields = ["version", "pattern", "template", "type", "cancelon", .. OverTimeRule.Fields.Select(static field => (RedisValue)field)];

    private string? _mark;
    private int _told;

    public TriggerSubscription Watch => watch;

    /// <summary>Gets what it is called in chains of triggers.</summary>
    public string Mark => _mark ??= TriggerChain.MarkOf(watch.Id);

    /// <summary>Gets a value indicating whether it fires for an event, now or when its time comes; one that only ends or answers something does not.</summary>
    public bool Fires => watch.Role == SubscriptionRole.First || (watch.Role == SubscriptionRole.Next && Rule?.Kind == OverTimeKind.FollowedBy);

    /// <summary>Gets the number of its watch: events from before it has no eyes for.</summary>
    public long Number => number;

    /// <summary>Gets the condition on the events that it watches in this role.</summary>
    public EventPattern? Pattern => pattern;

    /// <summary>Gets what it asks for over time; <see langword="null"/> where it fires for each event.</summary>
    public OverTimeRule? Rule { get; init; }

    /// <summary>Gets what makes the payload of what it raises; <see langword="null"/> where that is always the same.</summary>
    public EventTemplate? Template { get; init; }

    /// <summary>Gets where it is looked up; <see langword="null"/> for one that is held in memory.</summary>
    public FieldValue? Lookup { get; init; }

    /// <summary>Reads it from the values of <see cref="Fields"/>.</summary>
    /// <returns>The trigger; <see langword="null"/> when it has another version by now: it has ended, or is watched under that one.</returns>
    /// <exception cref="ArgumentException">The hash holds what nobody can read.</exception>
    public static SubscribedTrigger? Read(TriggerSubscription watch, long number, FieldValue? lookup, RedisValue[] values)
    {
        string? Field(string name) => values[Array.IndexOf(Fields, name)];
        if (watch.Role is SubscriptionRole.Cancel or SubscriptionRole.CancelEvent)
        {
            return (watch.Role == SubscriptionRole.Cancel && values[0] != watch.Version) || Field("cancelon") is not { } cancel
                ? null
                : new SubscribedTrigger(watch, number, CancelOnRule.Parse(cancel).Pattern) { Lookup = lookup };
        }

        if (values[0] != watch.Version)
        {
            return null;
        }

        var rule = OverTimeRule.Parse(Field);
        foreach (var pointer in ((string?[])[rule?.Per, rule?.NextPer, rule?.Distinct]).OfType<string>())
        {
            // Read here, so that one that is none is this trigger's trouble.
            _ = FieldValue.NamesOf(pointer);
        }

        var pattern = watch.Role switch
        {
            SubscriptionRole.Next => rule?.NextPattern,
            _ => ParsePattern(Field("pattern")),
        };
        return new SubscribedTrigger(watch, number, pattern)
        {
            Rule = rule, Template = Field("template") is { } template ? new EventTemplate(Field("type")!, template) : null, Lookup = lookup,
        };
    }

    /// <summary>Tells whether the values of <see cref="Fields"/> are those of what watches.</summary>
    public static bool IsThere(TriggerSubscription watch, RedisValue[] values) =>
        watch.Role == SubscriptionRole.CancelEvent ? !values[Array.IndexOf(Fields, "cancelon")].IsNull : values[0] == watch.Version;

    /// <summary>Tells whether a failure comes from what somebody has written into a hash, or put in its place.</summary>
    public static bool IsUnreadable(Exception e) => e is ArgumentException or FormatException or OverflowException or IndexOutOfRangeException or InvalidCastException
        || (e is RedisServerException server && RedisFailures.Classify(server) == RedisFailure.Fatal);

    /// <summary>Notes that something is told about it; <see langword="false"/> when that was so before.</summary>
    public bool TryTell() => Interlocked.Exchange(ref _told, 1) == 0;

    private static EventPattern? ParsePattern(string? json) => json is null ? null : EventPattern.Parse(json);
}
