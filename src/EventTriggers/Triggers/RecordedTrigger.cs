using EventTriggers.Events;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers.Triggers;

/// <summary>Makes a trigger again from its record. The builders check each value, as they do for a new trigger.</summary>
internal static class RecordedTrigger
{
    private static readonly TimeSpan LongestJitter = TimeSpan.FromDays(1);

    /// <exception cref="ArgumentException">The record is not readable, or a value is not allowed.</exception>
    public static Trigger From(TriggerRecord record)
    {
        if (record.Unreadable is { } unreadable)
        {
            throw new ArgumentException($"Trigger '{record.Id}' cannot be read. {unreadable}", nameof(record));
        }

        ThrowIfOfOtherKind(record);
        var trigger = record.Kind switch
        {
            TriggerKind.At => Publish(Trigger.At(Required(record, record.DueAt, nameof(record.DueAt))), record),
            TriggerKind.Every => Recurring(Trigger.Every(Required(record, record.Interval, nameof(record.Interval))), record),
            TriggerKind.Cron => Cron(record),
            TriggerKind.On => On(record),
            _ => throw new ArgumentException($"The kind of trigger '{record.Id}' is {record.Kind}, which is unknown.", nameof(record)),
        };
        trigger = trigger.WithId(record.Id).Tagged([.. record.Tags]);
        trigger = record.Kind == TriggerKind.At || record.MaxFirings is not { } most ? trigger : trigger.MaxFirings(most);
        trigger = record.Until is { } until ? trigger.Until(until) : trigger;
        return record.CancelOn is { } cancel ? trigger.CancelOn(EventCondition.From(cancel)) : trigger;
    }

    private static Trigger Cron(TriggerRecord record)
    {
        var expression = record.Cron ?? throw Missing(record, nameof(record.Cron));
        if (record.Jitter < TimeSpan.Zero || record.Jitter > LongestJitter)
        {
            throw new ArgumentException(
                $"{nameof(record.Jitter)} of trigger '{record.Id}' must be between 0 and a day, but is {record.Jitter}.", nameof(record));
        }

        var trigger = Recurring(record.Zone is { } zone ? Trigger.Cron(expression, zone) : Trigger.Cron(expression), record);
        return new Trigger(trigger.Definition with { StoredJitter = (long)record.Jitter.TotalMilliseconds });
    }

    private static Trigger Recurring(TriggerWhen when, TriggerRecord record)
    {
        when = record.StartsAt is { } start ? when.StartingAt(start) : when;
        when = record.Misfire is { } misfire ? when.OnMisfire(misfire) : when;
        when = record.SkipsWhileRunning ? when.SkipWhileRunning() : when;
        return Publish(when.ExceptOn([.. record.ExceptOn]), record);
    }

    private static Trigger On(TriggerRecord record)
    {
        var on = Trigger.On(record.SourceType ?? throw Missing(record, nameof(record.SourceType)));
        on = new TriggerOn(on.Definition with { SourceType = NamesOf(record.SourceType, record.SourceAliases) });
        on = record.Pattern is { } pattern ? on.Matching(pattern) : on;
        on = record.StartsAt is { } start ? on.StartingAt(start) : on;
        on = record.OverTime is { } rule ? RecordedOverTime.AddTo(on, rule) : on;
        return record.Template is { } template
            ? on.Publish(new EventTemplate(record.EventType, template), record.Options)
            : on.PublishRaw(record.EventType, record.Payload, record.Options);
    }

    private static Trigger Publish(TriggerWhen when, TriggerRecord record) =>
        when.PublishRaw(record.EventType, record.Payload, record.Options);

    /// <summary>Joins a wire name and its other names, each of which is checked.</summary>
    /// <exception cref="ArgumentException">A name is not allowed.</exception>
    public static string NamesOf(string type, IReadOnlyList<string> aliases)
    {
        string[] names = [type, .. aliases];
        foreach (var name in names)
        {
            NameRules.ThrowIfInvalidType(name);
        }

        return NameList.Join(names);
    }

    // What is not used is refused: a record that says more than its kind can be was put together wrongly.
    private static void ThrowIfOfOtherKind(TriggerRecord record)
    {
        var (on, cron, every) = (record.Kind == TriggerKind.On, record.Kind == TriggerKind.Cron, record.Kind == TriggerKind.Every);
        (string Name, bool IsWrong)[] values =
        [
            (nameof(record.SourceType), record.SourceType is not null && !on),
            (nameof(record.SourceAliases), record.SourceAliases.Count > 0 && !on),
            (nameof(record.Pattern), record.Pattern is not null && !on),
            (nameof(record.OverTime), record.OverTime is not null && !on),
            (nameof(record.Template), record.Template is not null && !on),
            (nameof(record.Interval), record.Interval is not null && !every),
            (nameof(record.Cron), record.Cron is not null && !cron),
            (nameof(record.Zone), record.Zone is not null && !cron),
            (nameof(record.Jitter), record.Jitter != TimeSpan.Zero && !cron),
            (nameof(record.Misfire), record.Misfire is not null && !every && !cron),
            (nameof(record.SkipsWhileRunning), record.SkipsWhileRunning && !every && !cron),
            (nameof(record.ExceptOn), record.ExceptOn.Count > 0 && !every && !cron),
            (nameof(record.StartsAt), record.StartsAt is not null && record.Kind == TriggerKind.At),
        ];
        if (values.FirstOrDefault(static value => value.IsWrong).Name is { } wrong)
        {
            throw new ArgumentException($"Trigger '{record.Id}' is of kind {record.Kind}, which has no {wrong}.", nameof(record));
        }
    }

    private static T Required<T>(TriggerRecord record, T? value, string name)
        where T : struct => value ?? throw Missing(record, name);

    private static ArgumentException Missing(TriggerRecord record, string name) =>
        new($"Trigger '{record.Id}' is of kind {record.Kind}, but {name} is missing.", nameof(record));
}
