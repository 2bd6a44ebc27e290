using EventTriggers.Triggers.OverTime;

namespace EventTriggers;

/// <content>Rules over time. Each event counts by the moment at which it was published, and once however often it is delivered.</content>
public abstract partial class TriggerOn<TRule>
{
    private const int MostCounted = 1000;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>
    /// Keys events by the value of a field: they are counted, paired, debounced and limited for each value separately. Events without the
    /// field are skipped.
    /// </summary>
    /// <param name="field">
    /// The names that lead to the field, joined by dots, such as <c>user.id</c>. Of an array, the first string or number counts.
    /// </param>
    /// <returns>The trigger with the key.</returns>
    /// <exception cref="ArgumentException">A name is empty, or they have more than 1000 characters together.</exception>
    public TRule Per(string field) => Per(FieldSelector.From(field, nameof(field)));

    /// <summary>Fires when a number of events were published within a time span; then counting begins anew.</summary>
    /// <param name="count">The number of events; 2–1000.</param>
    /// <returns>The rule without its span; <see cref="TriggerWithin{TRule}.Within"/> completes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not allowed.</exception>
    public TriggerWithin<TRule> Count(int count)
    {
        if (count is < 2 or > MostCounted)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Must be between 2 and {MostCounted}, but is {count}.");
        }

        return new(span => Begin(OverTimeKind.Count, span, static over => over, count));
    }

    /// <summary>
    /// Fires when an event is followed by another within a time span. Each event is used once: the oldest one that waits is paired with the
    /// first one that follows it.
    /// </summary>
    /// <param name="type">The wire name of the following event.</param>
    /// <param name="configure">
    /// Restricts the following event by a pattern, or names the field that holds the key there; <see langword="null"/> for any event of the
    /// type.
    /// </param>
    /// <returns>The rule without its span; <see cref="TriggerWithin{TRule}.Within"/> completes it.</returns>
    /// <exception cref="ArgumentException">The wire name, the pattern or the field is not allowed.</exception>
    public TriggerWithin<TRule> FollowedBy(string type, Func<FollowingEvent, FollowingEvent>? configure = null) =>
        Await(OverTimeKind.FollowedBy, Next(type, configure));

    /// <summary>
    /// Fires when an event is not followed by another within a time span, at the end of that span. An event that follows answers every
    /// event that waits.
    /// </summary>
    /// <remarks>
    /// With the type of the event itself, the trigger fires when events have stopped coming: each event answers the one before it.
    /// </remarks>
    /// <param name="type">The wire name of the following event.</param>
    /// <param name="configure">
    /// Restricts the following event by a pattern, or names the field that holds the key there; <see langword="null"/> for any event of the
    /// type.
    /// </param>
    /// <returns>The rule without its span; <see cref="TriggerWithin{TRule}.Within"/> completes it.</returns>
    /// <exception cref="ArgumentException">The wire name, the pattern or the field is not allowed.</exception>
    public TriggerWithin<TRule> NotFollowedBy(string type, Func<FollowingEvent, FollowingEvent>? configure = null) =>
        Await(OverTimeKind.NotFollowedBy, Next(type, configure));

    /// <summary>Fires with the last event when no further event was published for a time.</summary>
    /// <param name="quiet">The time without events; 1 millisecond to 30 days.</param>
    /// <param name="maxWait">
    /// The longest time after the first event; the trigger then fires even if events have not stopped. At least <paramref name="quiet"/>,
    /// at most 30 days, which is the default.
    /// </param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A time span is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger already has another rule over time.</exception>
    public TRule Debounce(TimeSpan quiet, TimeSpan? maxWait = null)
    {
        var longest = Check(maxWait ?? Longest, nameof(maxWait));
        return longest >= Check(quiet, nameof(quiet))
            ? Begin(OverTimeKind.Debounce, quiet, over => over with { LongestWait = longest })
            : throw new ArgumentOutOfRangeException(
                nameof(maxWait), maxWait, $"Must be at least {quiet}, the time without events, but is {maxWait}.");
    }

    /// <summary>Limits the number of firings in a time span. A firing that would exceed the limit is dropped.</summary>
    /// <param name="count">The highest number of firings in any span of that length; 1–1000.</param>
    /// <param name="per">The length of the span; 1 millisecond to 30 days.</param>
    /// <returns>The trigger with the limit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count or the span is not allowed.</exception>
    public TRule AtMost(int count, TimeSpan per)
    {
        if (count is < 1 or > MostCounted)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Must be between 1 and {MostCounted}, but is {count}.");
        }

        var limited = (Definition.OverTime ?? new()) with { Throttle = count, ThrottleSpan = Check(per, nameof(per)) };
        return With(Definition with { OverTime = limited });
    }

    /// <summary>Skips events that have the same value in a field as a recent event.</summary>
    /// <param name="field">The names that lead to the field, joined by dots. Events without the field are skipped.</param>
    /// <param name="within">The time for which an event with the same value is skipped; 1 millisecond to 30 days.</param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentException">A name is empty, or they have more than 1000 characters together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time span is not allowed.</exception>
    public TRule DistinctBy(string field, TimeSpan within) => DistinctBy(FieldSelector.From(field, nameof(field)), within);

    private protected TriggerWithin<TRule> Await(OverTimeKind kind, Func<OverTimeDefinition, OverTimeDefinition> next) =>
        new(span => Begin(kind, span, next));

    private static Func<OverTimeDefinition, OverTimeDefinition> Next(string type, Func<FollowingEvent, FollowingEvent>? configure)
    {
        var any = new FollowingEvent(type);
        var next = configure is null
            ? any
            : configure(any) ?? throw new ArgumentException("Must return the event, but returned null.", nameof(configure));
        return over => over with { NextType = next.Type, NextCondition = next.Condition, NextPer = next.Field };
    }

    private protected TRule Per(FieldSelector field) =>
        With(Definition with { OverTime = (Definition.OverTime ?? new()) with { Per = field } });

    private protected TRule DistinctBy(FieldSelector field, TimeSpan within) =>
        With(Definition with
        {
            OverTime = (Definition.OverTime ?? new()) with { Distinct = field, DistinctSpan = Check(within, nameof(within)) },
        });

    private protected TRule Begin(OverTimeKind kind, TimeSpan span, Func<OverTimeDefinition, OverTimeDefinition> add, int count = 0)
    {
        var over = Definition.OverTime ?? new();
        return over.Kind == OverTimeKind.Each
            ? With(Definition with { OverTime = add(over with { Kind = kind, Span = Check(span, nameof(span)), Count = count }) })
            : throw new InvalidOperationException(
                $"The trigger already has a rule over time, {over.Kind}; it can have one of Count, FollowedBy, NotFollowedBy and "
                + "Debounce.");
    }

    private static TimeSpan Check(TimeSpan span, string parameter) => span >= Shortest && span <= Longest
        ? span
        : throw new ArgumentOutOfRangeException(parameter, span, $"Must be between {Shortest} and {Longest}, but is {span}.");
}
