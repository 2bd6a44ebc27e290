using System.Text.Json;

namespace EventTriggers.Tool.Transfer;

/// <summary>A trigger in a file of exported triggers.</summary>
internal sealed class StoredTrigger
{
    public required string Id { get; init; }

    public required TriggerKind Kind { get; init; }

    public TriggerStatus Status { get; init; }

    /// <summary>Gets the wire name of the event that it publishes.</summary>
    public required string EventType { get; init; }

    public JsonElement? Payload { get; init; }

    public JsonElement? Template { get; init; }

    public StoredOptions? Options { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public TimeSpan? Interval { get; init; }

    public string? Cron { get; init; }

    public string? Zone { get; init; }

    public DateTimeOffset? StartsAt { get; init; }

    public TimeSpan? Jitter { get; init; }

    public string? Misfire { get; init; }

    public bool? SkipsWhileRunning { get; init; }

    public IReadOnlyList<DateOnly>? ExceptOn { get; init; }

    public string? SourceType { get; init; }

    public IReadOnlyList<string>? SourceAliases { get; init; }

    public JsonElement? Pattern { get; init; }

    public StoredOverTime? OverTime { get; init; }

    public StoredCancelOn? CancelOn { get; init; }

    public DateTimeOffset? Until { get; init; }

    public int? MaxFirings { get; init; }

    /// <summary>Gets the number of times that it had fired; what is left of <see cref="MaxFirings"/> is imported.</summary>
    public long FiringCount { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }
}
