namespace EventTriggers.Dashboard.Api;

/// <summary>One trigger in a list.</summary>
internal sealed class TriggerRow
{
    public required string Id { get; init; }

    public required TriggerKind Kind { get; init; }

    public required TriggerStatus Status { get; init; }

    public required string EventType { get; init; }

    public string? SourceType { get; init; }

    public string? Cron { get; init; }

    public string? Zone { get; init; }

    public TimeSpan? Interval { get; init; }

    public OverTimeKind? OverTime { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? LastFiredAt { get; init; }

    public required long FiringCount { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public string? Error { get; init; }

    public static TriggerRow From(TriggerRecord trigger) => new()
    {
        Id = trigger.Id,
        Kind = trigger.Kind,
        Status = trigger.Status,
        EventType = trigger.EventType,
        SourceType = trigger.SourceType,
        Cron = trigger.Cron,
        Zone = trigger.Zone,
        Interval = trigger.Interval,
        OverTime = trigger.OverTime?.Kind,
        DueAt = trigger.DueAt,
        LastFiredAt = trigger.LastFiredAt,
        FiringCount = trigger.FiringCount,
        Tags = trigger.Tags,
        Error = trigger.Error ?? trigger.Unreadable,
    };
}
