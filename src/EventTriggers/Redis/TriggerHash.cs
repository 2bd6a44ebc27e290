using StackExchange.Redis;

namespace EventTriggers;

/// <summary>The hash of a trigger as a record.</summary>
internal static class TriggerHash
{
    public static TriggerRecord? Read(TriggerId id, HashEntry[] hash)
    {
        if (hash.Length == 0)
        {
            return null;
        }

        var fields = hash.ToDictionary(static entry => entry.Name.ToString(), static entry => entry.Value, StringComparer.Ordinal);
        return new TriggerRecord
        {
            Id = id,
            Kind = fields["kind"] == "on" ? TriggerKind.On : TriggerKind.At,
            Status = ParseStatus(fields["status"].ToString()),
            EventType = fields["type"].ToString(),
            Json = (byte[])fields["data"]!,
            SourceType = fields.TryGetValue("on", out var on) ? on.ToString() : null,
            DueAt = Time(fields, "due"),
            AddedAt = Time(fields, "added")!.Value,
            Fired = fields.TryGetValue("fired", out var fired) ? (long)fired : 0,
            LastFiredAt = Time(fields, "last"),
            Times = fields.TryGetValue("times", out var times) ? (int)times : null,
            Until = Time(fields, "until"),
            Tags = fields.TryGetValue("tags", out var tags) ? tags.ToString().Split(',') : [],
        };
    }

    private static TriggerStatus ParseStatus(string word) => word switch
    {
        "active" => TriggerStatus.Active,
        "paused" => TriggerStatus.Paused,
        "completed" => TriggerStatus.Completed,
        "canceled" => TriggerStatus.Canceled,
        _ => throw new InvalidOperationException($"The hash holds the unknown trigger status '{word}'."),
    };

    private static DateTimeOffset? Time(Dictionary<string, RedisValue> fields, string name) =>
        fields.TryGetValue(name, out var value) ? Unix.Time((long)value) : null;
}
