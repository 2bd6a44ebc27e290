using StackExchange.Redis;

namespace EventTriggers;

/// <summary>The hash of a trigger as a record.</summary>
internal static class TriggerHash
{
    public static async Task<TriggerRecord?> ReadAsync(Keyspace keyspace, Partition partition, TriggerId id)
    {
        var hash = await keyspace.ReadAsync("find a trigger", database =>
            database.HashGetAllAsync(partition.Keys.Trigger(id.Value), CommandFlags.DemandMaster)).ConfigureAwait(false);
        return Read(id, hash);
    }

    private static TriggerRecord? Read(TriggerId id, HashEntry[] hash)
    {
        if (hash.Length == 0)
        {
            return null;
        }

        var fields = new HashFields(hash);
        var timetable = ReadTimetable(fields);
        return new TriggerRecord
        {
            Id = id,
            Kind = ParseKind(fields.Text("kind")!),
            Status = ParseStatus(fields.Text("status")!),
            EventType = fields.Text("type")!,
            Json = PayloadPieces.Read(fields),
            SourceType = fields.Text("on"),
            Pattern = fields.Text("pattern"),
            DueAt = fields.Time("due"),
            AddedAt = fields.Time("added")!.Value,
            Fired = fields.Number("fired") ?? 0,
            LastFiredAt = fields.Time("last"),
            Times = fields.Text("kind") == "at" ? 1 : (int?)fields.Number("times"),
            Until = fields.Time("until"),
            Interval = timetable?.Every is { } every ? TimeSpan.FromMilliseconds(every) : null,
            Cron = timetable?.Cron,
            Zone = timetable?.Cron is null ? null : timetable.Zone,
            StartsAt = fields.Time("start"),
            Jitter = TimeSpan.FromMilliseconds(timetable?.Jitter ?? 0),
            Misfire = timetable?.Misfire,
            Except = timetable?.Except ?? [],
            Error = fields.Text("error"),
            Tags = fields.Text("tags")?.Split(',') ?? [],
            Timetable = timetable,
            Slot = fields.Time("slot"),
        };
    }

    /// <summary>Reads the schedule; <see langword="null"/> for a trigger that does not recur.</summary>
    public static Timetable? ReadTimetable(HashFields fields) => !fields.Has("every") && !fields.Has("cron") ? null : new Timetable
    {
        Every = fields.Number("every"),
        Cron = fields.Text("cron"),
        Zone = fields.Text("zone") ?? "UTC",
        Start = fields.Number("start"),
        Until = fields.Number("until"),
        Jitter = fields.Number("jitter") ?? 0,
        Misfire = Misfire.Parse(fields.Text("misfire")),
        Except = Timetable.ParseExcept(fields.Text("except")),
    };

    private static TriggerKind ParseKind(string word) => word switch
    {
        "at" => TriggerKind.At,
        "on" => TriggerKind.On,
        "every" => TriggerKind.Every,
        "cron" => TriggerKind.Cron,
        _ => throw new InvalidOperationException($"The hash holds the unknown trigger kind '{word}'."),
    };

    private static TriggerStatus ParseStatus(string word) => word switch
    {
        "active" => TriggerStatus.Active,
        "paused" => TriggerStatus.Paused,
        "completed" => TriggerStatus.Completed,
        "canceled" => TriggerStatus.Canceled,
        _ => throw new InvalidOperationException($"The hash holds the unknown trigger status '{word}'."),
    };
}
