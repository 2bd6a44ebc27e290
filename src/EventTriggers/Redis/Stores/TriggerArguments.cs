using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;
using EventTriggers.Triggers.OverTime;
using EventTriggers.Triggers.Schedules;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>A checked definition as add_trigger.lua takes it.</summary>
internal sealed class TriggerArguments
{
    // Stands for when it is due, in add_trigger.lua.
    private const string NeverDue = "never";

    public required string Id { get; init; }

    /// <summary>Gets when it is due, in unix ms; empty where that is not known or never.</summary>
    public required RedisValue Due { get; init; }

    /// <summary>Gets in how many ms it is due; empty where that is not how it was said.</summary>
    public required RedisValue Delay { get; init; }

    /// <summary>Gets the hash of its definition.</summary>
    public required RedisValue Spec { get; init; }

    /// <summary>Gets what tells it from earlier triggers with its id; empty for one that subscribes to nothing.</summary>
    public required string Version { get; init; }

    /// <summary>Gets the time by which its first due time was computed, in unix ms; empty for one that does not recur.</summary>
    public required RedisValue Clock { get; init; }

    /// <summary>Gets the hash of its schedule; empty for one that does not recur.</summary>
    public required RedisValue Timing { get; init; }

    /// <summary>Gets the payload of what it publishes.</summary>
    public required RedisValue Payload { get; init; }

    /// <summary>Gets the other fields of its hash, each with its value.</summary>
    public required RedisValue[] Fields { get; init; }

    /// <summary>Gets a value indicating whether it is a recurring trigger without an occurrence from the moment of adding on.</summary>
    public bool IsNeverDue => Due == NeverDue;

    /// <summary>Gets the events that it subscribes to.</summary>
    public IReadOnlyList<SubscribedType> Subscriptions { get; init; } = [];

    /// <param name="definition">The definition, with an id.</param>
    /// <param name="now">The moment at which it is added, in unix ms: a recurring trigger is first due after it.</param>
    /// <param name="events">Serializes.</param>
    /// <param name="types">Knows wire names.</param>
    /// <param name="serializer">Knows how payloads are written.</param>
    /// <exception cref="ArgumentException">Its payload is not allowed.</exception>
    /// <exception cref="NotSupportedException">No pattern says what its condition says.</exception>
    public static TriggerArguments From(
        TriggerDefinition definition, long now, OutgoingEvents events, EventTypes types, IEventSerializer serializer)
    {
        long? until = definition.Last is { } last ? UnixTime.CeilingMs(last) : null;
        if (definition.First is { } begin && UnixTime.CeilingMs(begin) > until)
        {
            throw new ArgumentException(
                $"The trigger never fires: it begins at {begin:O}, but Until is {definition.Last:O}.", nameof(definition));
        }

        var id = definition.Id!;
        var source = definition.SourceType ?? (definition.SourcePayload is { } payload ? NameList.Join(types.NamesOf(payload)) : null);
        var (type, json) = definition.Payload!.Write(events);

        // It tells subscriptions of triggers with the same id apart; a trigger without subscriptions has none.
        var version = source is null && definition.CancelOn is null ? string.Empty : Guid.NewGuid().ToString("N")[..12];
        var schedule = definition.Schedule is null ? null : definition.ScheduleFor(id, now);
        RedisValue at = definition.Due is { } moment ? UnixTime.CeilingMs(moment) : RedisValue.EmptyString;
        RedisValue delay = definition.Delay is { } after ? (long)Math.Ceiling(after.TotalMilliseconds) : RedisValue.EmptyString;
        RedisValue first = definition.First is { } since ? UnixTime.CeilingMs(since) : RedisValue.EmptyString;
        var pattern = definition.Condition?.Read(serializer.Options);
        var rule = definition.OverTime is null ? null : OverTimeRule.From(definition.OverTime, types, serializer);
        var fields = FieldsOf(definition, type, source, schedule, pattern, rule, until);

        var jitter = definition.StoredJitter ?? definition.Jitter.Ticks;

        // Values that follow from the moment of adding do not make a definition another one.
        var cancellation = CancellationOf(definition, now, types, serializer);
        RedisValue[] spec =
        [
            at, delay, first, jitter, json, .. fields, cancellation is null
                ? RedisValue.EmptyString
                : (cancellation with { Expires = 0 }).ToString(),
        ];

        // A schedule that is over is never due. If the trigger is stored already, it is unchanged.
        RedisValue due = schedule is null ? at : schedule.Compile().First(now) is { } next ? next : NeverDue;
        RedisValue timing = schedule is null ? RedisValue.EmptyString
            : HashOf([schedule.Every, schedule.Cron, schedule.Zone, first, jitter, schedule.ExceptField, schedule.Until]);
        AddIf(fields, "cancelon", cancellation);
        AddIf(
            fields, "start", schedule?.Start ?? (source is not null && definition.First is { } began ? UnixTime.CeilingMs(began) : null));

        // Who added a trigger is no part of what it does.
        AddIf(fields, "trace", TraceText.OfCurrent());
        return new TriggerArguments
        {
            Id = id,
            Due = due,
            Delay = delay,
            Spec = HashOf(spec),
            Version = version,
            Clock = schedule is null ? RedisValue.EmptyString : now,
            Timing = timing,
            Payload = json,
            Fields = [.. fields],
            Subscriptions = SubscribedType.FromTrigger(source, pattern, rule, cancellation, until),
        };
    }

    /// <summary>Checks a definition before it is added.</summary>
    /// <exception cref="ArgumentException">Its payload is not allowed.</exception>
    /// <exception cref="NotSupportedException">No pattern says what its condition says.</exception>
    public static void Check(TriggerDefinition definition, OutgoingEvents events, EventTypes types, IEventSerializer serializer)
    {
        definition.Payload!.Write(events);
        _ = definition.SourcePayload is { } payload ? types.NameOf(payload) : null;
        definition.Condition?.Read(serializer.Options);
        definition.CancelOn?.Read(types, serializer, expires: 0);
        _ = definition.OverTime is { } rule ? OverTimeRule.From(rule, types, serializer) : null;
    }

    // A trigger that is due once has an end, after which nothing is left to cancel.
    private static CancelOnRule? CancellationOf(TriggerDefinition definition, long now, EventTypes types, IEventSerializer serializer)
    {
        long? due = definition.Due is { } moment
            ? UnixTime.CeilingMs(moment)
            : definition.Delay is { } delay ? now + (long)delay.TotalMilliseconds : null;
        return definition.CancelOn?.Read(types, serializer, due is { } end ? CancelOnRule.ToExpiry(end) : 0);
    }

    private static List<RedisValue> FieldsOf(
        TriggerDefinition definition, string type, string? source, ScheduleDefinition? schedule, EventPattern? pattern, OverTimeRule? rule,
        long? until)
    {
        List<RedisValue> fields = ["kind", WordOf(definition.Kind), "type", type];
        AddIf(fields, "on", source);
        AddIf(fields, "pattern", pattern);
        AddIf(fields, "template", definition.Template);
        AddIf(fields, "options", definition.Options);
        foreach (var (name, value) in rule?.ToFields() ?? [])
        {
            AddIf(fields, name, value);
        }

        // A trigger that is due at a moment fires once, which needs no field.
        AddIf(fields, "times", definition.Kind == TriggerKind.At ? null : definition.FiresAtMost);
        AddIf(fields, "until", until);
        AddIf(fields, "tags", definition.Tags.Count == 0 ? null : string.Join(',', definition.Tags));
        AddIf(fields, "every", schedule?.Every);
        AddIf(fields, "cron", schedule?.Cron);
        AddIf(fields, "zone", schedule is null or { Zone: "UTC" } ? null : schedule.Zone);
        AddIf(fields, "jitter", schedule is null or { Jitter: 0 } ? null : schedule.Jitter);
        AddIf(fields, "misfire", schedule is null || schedule.Misfire == Misfire.FireOnce ? null : schedule.Misfire.Word);
        AddIf(fields, "except", schedule?.ExceptField);
        AddIf(fields, "skip", definition.SkipsWhileRunning ? 1 : null);
        return fields;
    }

    private static void AddIf(List<RedisValue> fields, string name, object? value)
    {
        if (value is not null)
        {
            fields.Add(name);
            fields.Add(Convert.ToString(value, CultureInfo.InvariantCulture));
        }
    }

    // Equal for equal definitions.
    private static string HashOf(RedisValue[] values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var value in values)
        {
            var bytes = (byte[]?)value ?? [];
            hash.AppendData(Encoding.ASCII.GetBytes($"{bytes.Length}:"));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static string WordOf(TriggerKind kind) => kind switch
    {
        TriggerKind.At => "at",
        TriggerKind.On => "on",
        TriggerKind.Every => "every",
        TriggerKind.Cron => "cron",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Is never stored."),
    };
}
