using EventTriggers.Events;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers;

/// <summary>What an event trigger asks for over time, as it is stored. Fields of payloads are JSON pointers, such as <c>/user/id</c>.</summary>
public sealed class OverTimeRecord
{
    /// <summary>Gets what it waits for.</summary>
    public required OverTimeKind Kind { get; init; }

    /// <summary>Gets how many events it counts; <see langword="null"/> for other kinds.</summary>
    public int? Count { get; init; }

    /// <summary>Gets the span that it looks at: that of the count, how long it waits for the other event, or how long it is quiet; <see langword="null"/> for <see cref="OverTimeKind.Each"/>.</summary>
    public TimeSpan? Span { get; init; }

    /// <summary>Gets how long it waits for quiet at most; <see langword="null"/> for other kinds.</summary>
    public TimeSpan? MaxWait { get; init; }

    /// <summary>Gets the field whose values are told apart; <see langword="null"/> where all events count together.</summary>
    public string? Per { get; init; }

    /// <summary>Gets the wire name of the other event; <see langword="null"/> where there is none.</summary>
    public string? NextType { get; init; }

    /// <summary>Gets which of the other events, as an <see cref="EventPattern"/>; <see langword="null"/> for all.</summary>
    public string? NextPattern { get; init; }

    /// <summary>Gets the field of the other event that has the value of <see cref="Per"/>; <see langword="null"/> where it is the same field.</summary>
    public string? NextPer { get; init; }

    /// <summary>Gets the field of which each value counts once within <see cref="DistinctSpan"/>; <see langword="null"/> where each event counts.</summary>
    public string? DistinctBy { get; init; }

    /// <summary>Gets the span within which a value of <see cref="DistinctBy"/> counts once.</summary>
    public TimeSpan? DistinctSpan { get; init; }

    /// <summary>Gets how often it fires at most within <see cref="AtMostSpan"/>; <see langword="null"/> for any number.</summary>
    public int? AtMost { get; init; }

    /// <summary>Gets the span of <see cref="AtMost"/>.</summary>
    public TimeSpan? AtMostSpan { get; init; }

    internal static OverTimeRecord? From(OverTimeRule? rule) => rule is null ? null : new OverTimeRecord
    {
        Kind = rule.Kind,
        Count = rule.Kind == OverTimeKind.Count ? Number(rule.Count) : null,
        Span = rule.Kind == OverTimeKind.Each ? null : UnixTime.ToTimeSpan(rule.Span),
        MaxWait = rule.Kind == OverTimeKind.Debounce ? UnixTime.ToTimeSpan(rule.LongestWait) : null,
        Per = rule.Per,
        NextType = rule.NextType,
        NextPattern = rule.NextPattern?.ToString(),
        NextPer = rule.NextPer,
        DistinctBy = rule.Distinct,
        DistinctSpan = rule.Distinct is null ? null : UnixTime.ToTimeSpan(rule.DistinctSpan),
        AtMost = rule.Throttle == 0 ? null : Number(rule.Throttle),
        AtMostSpan = rule.Throttle == 0 ? null : UnixTime.ToTimeSpan(rule.ThrottleSpan),
    };

    private static int Number(long count) => (int)Math.Clamp(count, 0, int.MaxValue);
}
