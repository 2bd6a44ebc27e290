using EventTriggers.Events;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers;

/// <summary>The stored rule over time of an event trigger. Fields of payloads are JSON pointers, such as <c>/user/id</c>.</summary>
public sealed class OverTimeRecord
{
    /// <summary>Gets what it waits for.</summary>
    public required OverTimeKind Kind { get; init; }

    /// <summary>Gets the number of events that it counts; <see langword="null"/> for other kinds.</summary>
    public int? Count { get; init; }

    /// <summary>
    /// Gets the time span of the rule: of the count, of the wait for the following event, or without events; <see langword="null"/> for
    /// <see cref="OverTimeKind.Each"/>.
    /// </summary>
    public TimeSpan? Span { get; init; }

    /// <summary>Gets the longest wait of <see cref="OverTimeKind.Debounce"/>; <see langword="null"/> for other kinds.</summary>
    public TimeSpan? MaxWait { get; init; }

    /// <summary>Gets the field that is the key; <see langword="null"/> if all events count together.</summary>
    public string? Per { get; init; }

    /// <summary>Gets the wire name of the following event; <see langword="null"/> for other kinds.</summary>
    public string? NextType { get; init; }

    /// <summary>Gets the other wire names of the following event, see <see cref="TriggerRecord.SourceAliases"/>; empty for none.</summary>
    public IReadOnlyList<string> NextAliases { get; init; } = [];

    /// <summary>Gets the <see cref="EventPattern"/> that the following event must match; <see langword="null"/> for all.</summary>
    public string? NextPattern { get; init; }

    /// <summary>Gets the field of the following event that holds the key; <see langword="null"/> if it is the same field.</summary>
    public string? NextPer { get; init; }

    /// <summary>
    /// Gets the field whose values count once within <see cref="DistinctSpan"/>; <see langword="null"/> if every event counts.
    /// </summary>
    public string? DistinctBy { get; init; }

    /// <summary>Gets the span within which a value of <see cref="DistinctBy"/> counts once.</summary>
    public TimeSpan? DistinctSpan { get; init; }

    /// <summary>Gets the highest number of firings within <see cref="AtMostSpan"/>; <see langword="null"/> for no limit.</summary>
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
        NextType = NameList.First(rule.NextType),
        NextAliases = NameList.Rest(rule.NextType),
        NextPattern = rule.NextPattern?.ToString(),
        NextPer = rule.NextPer,
        DistinctBy = rule.Distinct,
        DistinctSpan = rule.Distinct is null ? null : UnixTime.ToTimeSpan(rule.DistinctSpan),
        AtMost = rule.Throttle == 0 ? null : Number(rule.Throttle),
        AtMostSpan = rule.Throttle == 0 ? null : UnixTime.ToTimeSpan(rule.ThrottleSpan),
    };

    private static int Number(long count) => (int)Math.Clamp(count, 0, int.MaxValue);
}
