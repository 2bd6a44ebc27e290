using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers;

/// <content>What is asked over time. Everything counts by the moment when an event was published, and once however often it is delivered.</content>
public abstract partial class TriggerOn<TRule>
{
    private const int MostCounted = 1000;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Tells events apart by the value of a field: what is counted, followed, answered or throttled is so for each value on its own. Events without the field are passed over.</summary>
    /// <param name="field">The names that lead to the field, joined by dots, such as <c>user.id</c>. Of an array, the first string or number counts.</param>
    /// <returns>The trigger with the key.</returns>
    /// <exception cref="ArgumentException">A name is empty, or they have more than 1000 characters together.</exception>
    public TRule Per(string field) => Per(FieldSelector.From(field, nameof(field)));

    /// <summary>Fires when so many events were published within a time.</summary>
    /// <param name="count">2–1000.</param>
    /// <returns>What <see cref="TriggerCount{TRule}.Within"/> completes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger has another rule over time.</exception>
    public TriggerCount<TRule> Count(int count)
    {
        if (count is < 2 or > MostCounted)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Must be between 2 and {MostCounted}, but is {count}.");
        }

        return new(span => Begin(OverTimeKind.Count, Check(span, nameof(span)), static over => over, count));
    }

    /// <summary>Fires when an event is followed by another within a time. Each of both counts once: the oldest that waits goes with the first that follows it.</summary>
    /// <param name="type">The wire name of the event that follows.</param>
    /// <param name="within">The most between both; 1 ms to 30 days.</param>
    /// <param name="matching">A pattern that the event which follows has to match.</param>
    /// <param name="per">The field that has the value of <see cref="Per(string)"/> there, where it is called otherwise.</param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentException">The type, the pattern or the field is not allowed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger has another rule over time.</exception>
    public TRule FollowedBy(string type, TimeSpan within, string? matching = null, string? per = null) => Begin(OverTimeKind.FollowedBy, within, Next(type, matching, per));

    /// <summary>Fires when an event is not followed by another within a time, at the end of that time. One that follows answers every event that waits.</summary>
    /// <remarks>With the type of the event itself it tells that something has stopped: each event answers the one before.</remarks>
    /// <param name="type">The wire name of the event that is missed.</param>
    /// <param name="within">How long it is waited for; 1 ms to 30 days.</param>
    /// <param name="matching">A pattern that the event which is missed has to match.</param>
    /// <param name="per">The field that has the value of <see cref="Per(string)"/> there, where it is called otherwise.</param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentException">The type, the pattern or the field is not allowed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger has another rule over time.</exception>
    public TRule NotFollowedBy(string type, TimeSpan within, string? matching = null, string? per = null) => Begin(OverTimeKind.NotFollowedBy, within, Next(type, matching, per));

    /// <summary>Fires once events have stopped coming for a time, with the last of them.</summary>
    /// <param name="quiet">For how long nothing comes; 1 ms to 30 days.</param>
    /// <param name="maxWait">Fires so long after the first of them although they have not stopped; at least <paramref name="quiet"/>, and at most 30 days, which is the default.</param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A time is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger has another rule over time.</exception>
    public TRule Debounce(TimeSpan quiet, TimeSpan? maxWait = null)
    {
        var longest = Check(maxWait ?? Longest, nameof(maxWait));
        return longest >= Check(quiet, nameof(quiet))
            ? Begin(OverTimeKind.Debounce, quiet, over => over with { LongestWait = longest })
            : throw new ArgumentOutOfRangeException(nameof(maxWait), maxWait, $"Must be at least {quiet}, for which it waits for quiet, but is {maxWait}.");
    }

    /// <summary>Fires at most so often in a time; what would exceed it is dropped.</summary>
    /// <param name="count">1–1000.</param>
    /// <param name="per">Any span of this length has so many firings at most; 1 ms to 30 days.</param>
    /// <returns>The trigger with the limit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count or the time is not allowed.</exception>
    public TRule AtMost(int count, TimeSpan per)
    {
        if (count is < 1 or > MostCounted)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Must be between 1 and {MostCounted}, but is {count}.");
        }

        return With(Definition with { OverTime = (Definition.OverTime ?? new()) with { Throttle = count, ThrottleSpan = Check(per, nameof(per)) } });
    }

    /// <summary>Passes events over that have the same value in a field as one not long before.</summary>
    /// <param name="field">The names that lead to the field, joined by dots. Events without it are passed over, too.</param>
    /// <param name="within">How far apart two events with one value must be to count both; 1 ms to 30 days.</param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentException">A name is empty, or they have more than 1000 characters together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not allowed.</exception>
    public TRule DistinctBy(string field, TimeSpan within) => DistinctBy(FieldSelector.From(field, nameof(field)), within);

    private protected static Func<OverTimeDefinition, OverTimeDefinition> Next(string type, string? matching, string? per)
    {
        NameRules.ThrowIfInvalidType(type);
        return over => over with
        {
            NextType = type,
            NextCondition = matching is null ? null : new ConditionSource(EventPattern.Parse(matching)),
            NextPer = per is null ? null : FieldSelector.From(per, nameof(per)),
        };
    }

    private protected TRule Per(FieldSelector field) => With(Definition with { OverTime = (Definition.OverTime ?? new()) with { Per = field } });

    private protected TRule DistinctBy(FieldSelector field, TimeSpan within) =>
        With(Definition with { OverTime = (Definition.OverTime ?? new()) with { Distinct = field, DistinctSpan = Check(within, nameof(within)) } });

    private protected TRule Begin(OverTimeKind kind, TimeSpan within, Func<OverTimeDefinition, OverTimeDefinition> add, int count = 0)
    {
        var over = Definition.OverTime ?? new();
        return over.Kind == OverTimeKind.Each
            ? With(Definition with { OverTime = add(over with { Kind = kind, Span = Check(within, nameof(within)), Count = count }) })
            : throw new InvalidOperationException($"The trigger has a rule over time already, {over.Kind}; it can have one of Count, FollowedBy, NotFollowedBy and Debounce.");
    }

    private static TimeSpan Check(TimeSpan span, string parameter) => span >= Shortest && span <= Longest
        ? span
        : throw new ArgumentOutOfRangeException(parameter, span, $"Must be between {Shortest} and {Longest}, but is {span}.");
}
