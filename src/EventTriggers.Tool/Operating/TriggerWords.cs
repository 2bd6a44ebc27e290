using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Tells in words when a trigger fires.</summary>
internal static class TriggerWords
{
    public static string When(TriggerRecord trigger) => trigger.Kind switch
    {
        TriggerKind.Every => $"every {Words.Length(trigger.Interval ?? TimeSpan.Zero)}",
        TriggerKind.Cron => $"cron {trigger.Cron}{(trigger.Zone is { } zone and not "UTC" ? $" {zone}" : string.Empty)}",
        TriggerKind.On => $"on {trigger.SourceType}{(trigger.OverTime is { } rule ? $" {Rule(rule)}" : string.Empty)}",
        _ => trigger.DueAt is { } due ? $"at {Words.Moment(due)}" : "once",
    };

    /// <summary>Tells what a rule over time waits for.</summary>
    public static string Rule(OverTimeRecord rule)
    {
        var span = Words.Length(rule.Span ?? TimeSpan.Zero);
        var kind = rule.Kind switch
        {
            OverTimeKind.Count => $"{rule.Count} times within {span}",
            OverTimeKind.FollowedBy => $"followed by {rule.NextType} within {span}",
            OverTimeKind.NotFollowedBy => $"not followed by {rule.NextType} within {span}",
            OverTimeKind.Debounce => $"after {span} without another",
            _ => "each",
        };
        return kind + (rule.Per is { } per ? $" per {per}" : string.Empty)
            + (rule.DistinctBy is { } field
                ? $", distinct by {field} within {Words.Length(rule.DistinctSpan ?? TimeSpan.Zero)}"
                : string.Empty)
            + (rule.AtMost is { } most ? $", at most {most} in {Words.Length(rule.AtMostSpan ?? TimeSpan.Zero)}" : string.Empty);
    }
}
