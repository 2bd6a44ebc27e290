using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads the hash of a bulk operation as a record.</summary>
internal static class OperationHash
{
    private static readonly Dictionary<OperationKind, string> Words = new()
    {
        [OperationKind.RedriveEvents] = "redrive",
        [OperationKind.CancelEvents] = "cancel",
        [OperationKind.DiscardEvents] = "discard",
        [OperationKind.CancelTriggers] = "cancel-triggers",
        [OperationKind.PauseTriggers] = "pause-triggers",
        [OperationKind.ResumeTriggers] = "resume-triggers",
    };

    /// <summary>Gets a kind as it is stored.</summary>
    public static string WordOf(OperationKind kind) => Words[kind];

    public static OperationRecord Read(string id, HashEntry[] hash)
    {
        var fields = new HashFields(hash);
        return new OperationRecord
        {
            Id = id,
            Kind = Words.FirstOrDefault(pair => pair.Value == fields.Text("kind")).Key,
            Query = fields.Text("query") ?? string.Empty,
            Status = fields.Text("status") switch
            {
                "running" => BulkOperationStatus.Running,
                "stopped" => BulkOperationStatus.Stopped,
                _ => BulkOperationStatus.Completed,
            },
            Examined = fields.Number("examined") ?? 0,
            Changed = fields.Number("changed") ?? 0,
            By = fields.Text("by"),
            StartedAt = fields.Time("started") ?? DateTimeOffset.UnixEpoch,
            EndedAt = fields.Time("ended"),
            RatePerSecond = fields.Has("rate") ? fields.Count("rate") : null,
        };
    }

    /// <summary>Joins the parts of one operation that partitions answered.</summary>
    public static OperationRecord Join(IReadOnlyList<OperationRecord> parts, IReadOnlyList<int> unread)
    {
        var status = parts.Max(static part => part.Status switch
        {
            BulkOperationStatus.Running => 2,
            BulkOperationStatus.Stopped => 1,
            _ => 0,
        });
        return new OperationRecord
        {
            Id = parts[0].Id,
            Kind = parts[0].Kind,
            Query = parts[0].Query,
            Status = status switch
            {
                2 => BulkOperationStatus.Running,
                1 => BulkOperationStatus.Stopped,
                _ => BulkOperationStatus.Completed,
            },
            Examined = parts.Sum(static part => part.Examined),
            Changed = parts.Sum(static part => part.Changed),
            By = parts[0].By,
            StartedAt = parts.Min(static part => part.StartedAt),
            EndedAt = status == 2 ? null : parts.Max(static part => part.EndedAt),
            RatePerSecond = parts[0].RatePerSecond,
            UnreadPartitions = unread,
        };
    }
}
