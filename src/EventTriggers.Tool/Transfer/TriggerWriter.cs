using System.Text.Json;

namespace EventTriggers.Tool.Transfer;

/// <summary>Writes the record of a trigger as it is exported.</summary>
internal static class TriggerWriter
{
    /// <exception cref="ToolException">The trigger cannot be exported; the message says why.</exception>
    public static StoredTrigger Write(TriggerRecord trigger)
    {
        if (trigger.Unreadable is { } unreadable)
        {
            throw Refusal(trigger, unreadable, innerException: null);
        }

        try
        {
            return ToStored(trigger);
        }
        catch (JsonException e)
        {
            throw Refusal(trigger, "Its payload, its pattern or its template is not JSON.", e);
        }
    }

    private static StoredTrigger ToStored(TriggerRecord trigger) => new()
    {
        Id = trigger.Id,
        Kind = trigger.Kind,
        Status = trigger.Status,
        EventType = trigger.EventType,
        Payload = trigger.Template is null ? JsonElement.Parse(trigger.Payload.Span) : null,
        Template = Parse(trigger.Template),
        Options = ToStored(trigger.Options),
        DueAt = trigger.DueAt,
        Interval = trigger.Interval,
        Cron = trigger.Cron,
        Zone = trigger.Zone,
        StartsAt = trigger.StartsAt,
        Jitter = trigger.Jitter == TimeSpan.Zero ? null : trigger.Jitter,
        Misfire = trigger.Misfire?.ToString(),
        SkipsWhileRunning = trigger.SkipsWhileRunning ? true : null,
        ExceptOn = NonEmpty(trigger.ExceptOn),
        SourceType = trigger.SourceType,
        SourceAliases = NonEmpty(trigger.SourceAliases),
        Pattern = Parse(trigger.Pattern),
        OverTime = ToStored(trigger.OverTime),
        CancelOn = trigger.CancelOn is not { } cancel ? null : new StoredCancelOn
        {
            Type = cancel.Type,
            Aliases = NonEmpty(cancel.Aliases),
            Pattern = Parse(cancel.Pattern),
        },
        Until = trigger.Until,
        MaxFirings = trigger.Kind == TriggerKind.At ? null : trigger.MaxFirings,
        FiringCount = trigger.FiringCount,
        Tags = NonEmpty(trigger.Tags),
    };

    private static StoredOptions? ToStored(PublishOptions? options) => options is null ? null : new StoredOptions
    {
        Delay = options.Delay,
        ExpiresAfter = options.ExpiresAfter,
        CorrelationId = options.CorrelationId,
        Key = options.Key,
        Priority = options.Priority == Priority.Normal ? null : options.Priority,
        Headers = options.Headers is { Count: > 0 } headers
            ? headers.ToDictionary(static header => header.Key, static header => header.Value, StringComparer.Ordinal)
            : null,
    };

    private static StoredOverTime? ToStored(OverTimeRecord? rule) => rule is null ? null : new StoredOverTime
    {
        Kind = rule.Kind,
        Count = rule.Count,
        Span = rule.Span,
        MaxWait = rule.MaxWait,
        Per = rule.Per,
        NextType = rule.NextType,
        NextAliases = NonEmpty(rule.NextAliases),
        NextPattern = Parse(rule.NextPattern),
        NextPer = rule.NextPer,
        DistinctBy = rule.DistinctBy,
        DistinctSpan = rule.DistinctSpan,
        AtMost = rule.AtMost,
        AtMostSpan = rule.AtMostSpan,
    };

    private static JsonElement? Parse(string? json) => json is null ? null : JsonElement.Parse(json);

    private static IReadOnlyList<T>? NonEmpty<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : list;

    private static ToolException Refusal(TriggerRecord trigger, string why, Exception? innerException) =>
        new(ExitCode.Failed, $"Trigger '{trigger.Id}' cannot be exported: {why}", innerException);
}
