using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;
using EventTriggers.Triggers.OverTime;
using EventTriggers.Triggers.Schedules;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads the hash of a trigger as a record.</summary>
internal static class TriggerHash
{
    public static async Task<TriggerRecord?> ReadAsync(Keyspace keyspace, Partition partition, string id, Deadline? deadline = null)
    {
        try
        {
            var hash = await keyspace.Operations.ReadAsync("find a trigger", partition, database =>
                database.HashGetAllAsync(partition.Keys.Trigger(id), CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
            return Read(id, hash);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            return Foreign(id);
        }
    }

    /// <summary>Reads a trigger; <see langword="null"/> for an empty hash.</summary>
    public static TriggerRecord? Read(string id, HashEntry[] hash)
    {
        if (hash.Length == 0)
        {
            return null;
        }

        var fields = new HashFields(hash);
        var schedule = ReadSchedule(fields);
        return new TriggerRecord
        {
            Id = id,
            Kind = ParseKind(fields),
            Status = ParseStatus(fields),
            EventType = fields.Text("type") ?? string.Empty,
            Payload = PayloadPieces.Read(fields),
            SourceType = NameList.First(fields.Text("on")),
            SourceAliases = NameList.Rest(fields.Text("on")),
            Pattern = fields.Text("pattern"),
            OverTime = OverTimeRecord.From(fields.Read("over", _ => OverTimeRule.Parse(fields.Text), "a rule over time")),
            Template = fields.Text("template"),
            Options = fields.Read(
                "options", _ => fields.Text("options") is { } options ? RaisedOptions.Parse(options).ToPublishOptions() : null, "options"),
            CancelOn = CancelOnRecord.From(
                fields.Read(
                    "cancelon", _ => fields.Text("cancelon") is { } text ? CancelOnRule.Parse(text) : null, "what cancels a trigger")),
            DueAt = fields.Time("due"),
            AddedAt = fields.Time("added") ?? DateTimeOffset.UnixEpoch,
            FiringCount = fields.Number("fired") ?? 0,
            LastFiredAt = fields.Time("last"),
            MaxFirings = fields.Text("kind") == "at" ? 1 : fields.Has("times") ? fields.Count("times") : null,
            Until = fields.Time("until"),
            Interval = schedule?.Every is { } every ? UnixTime.ToTimeSpan(every) : null,
            Cron = schedule?.Cron,
            Zone = schedule?.Cron is null ? null : schedule.Zone,
            StartsAt = fields.Time("start"),
            Jitter = UnixTime.ToTimeSpan(schedule?.Jitter ?? 0),
            Misfire = schedule?.Misfire,
            SkipsWhileRunning = fields.Has("skip"),
            ExceptOn = schedule?.Except ?? [],
            Error = fields.Text("error"),
            Tags = fields.Text("tags")?.Split(',') ?? [],
            Schedule = schedule,
            Slot = fields.Time("slot"),
            Unreadable = fields.Unreadable,
        };
    }

    /// <summary>Makes the record of a trigger whose key does not hold a hash.</summary>
    public static TriggerRecord Foreign(string id) => new()
    {
        Id = id,
        Kind = TriggerKind.At,
        Status = TriggerStatus.Active,
        EventType = string.Empty,
        Payload = ReadOnlyMemory<byte>.Empty,
        AddedAt = DateTimeOffset.UnixEpoch,
        FiringCount = 0,
        Tags = [],
        Unreadable = "Its key holds something else than a hash.",
    };

    /// <summary>Reads the schedule; <see langword="null"/> for a trigger that does not recur.</summary>
    public static ScheduleDefinition? ReadSchedule(HashFields fields) =>
        !fields.Has("every") && !fields.Has("cron") ? null : new ScheduleDefinition
    {
        Every = fields.Number("every"),
        Cron = fields.Text("cron"),
        Zone = fields.Text("zone") ?? "UTC",
        Start = fields.Number("start"),
        Until = fields.Number("until"),
        Jitter = fields.Number("jitter") ?? 0,
        Misfire = fields.Read("misfire", _ => Misfire.Parse(fields.Text("misfire")), "a misfire policy") ?? Misfire.FireOnce,
        Except = fields.Read("except", _ => ScheduleDefinition.ParseExcept(fields.Text("except")), "a list of dates") ?? [],
    };

    private static TriggerKind ParseKind(HashFields fields) => fields.Text("kind") switch
    {
        "at" => TriggerKind.At,
        "on" => TriggerKind.On,
        "every" => TriggerKind.Every,
        "cron" => TriggerKind.Cron,
        _ => Unknown(fields, "kind", "the kind of a trigger", TriggerKind.At),
    };

    private static TriggerStatus ParseStatus(HashFields fields) => fields.Text("status") switch
    {
        "active" => TriggerStatus.Active,
        "paused" => TriggerStatus.Paused,
        "completed" => TriggerStatus.Completed,
        "canceled" => TriggerStatus.Canceled,
        _ => Unknown(fields, "status", "the status of a trigger", TriggerStatus.Active),
    };

    private static T Unknown<T>(HashFields fields, string name, string wanted, T instead)
    {
        fields.Note(name, wanted);
        return instead;
    }
}
