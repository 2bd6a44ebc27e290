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

        var fields = new HashFields(hash);
        return new TriggerRecord
        {
            Id = id,
            Kind = fields.Text("kind") == "on" ? TriggerKind.On : TriggerKind.At,
            Status = ParseStatus(fields.Text("status")!),
            EventType = fields.Text("type")!,
            Json = PayloadPieces.Read(fields),
            SourceType = fields.Text("on"),
            DueAt = fields.Time("due"),
            AddedAt = fields.Time("added")!.Value,
            Fired = fields.Number("fired") ?? 0,
            LastFiredAt = fields.Time("last"),
            Times = fields.Text("kind") == "at" ? 1 : (int?)fields.Number("times"),
            Until = fields.Time("until"),
            Tags = fields.Text("tags")?.Split(',') ?? [],
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
}
