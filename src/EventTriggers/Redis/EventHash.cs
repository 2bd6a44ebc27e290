using StackExchange.Redis;

namespace EventTriggers;

/// <summary>The hash of an event as a record.</summary>
internal static class EventHash
{
    private const string StatusField = "status:";

    public static EventRecord? Read(EventId id, HashEntry[] hash)
    {
        if (hash.Length == 0)
        {
            return null;
        }

        var fields = new HashFields(hash);
        return new EventRecord
        {
            Id = id,
            Type = fields.Text("type") ?? string.Empty,
            Json = PayloadPieces.Read(fields),
            PublishedAt = fields.Time("at") ?? DateTimeOffset.UnixEpoch,
            DueAt = fields.Time("due"),
            ExpiresAt = fields.Time("expires"),
            CorrelationId = fields.Text("correlation"),
            Headers = HeaderJson.Read(fields.Bytes("headers")),
            Firing = FiringJson.Read(fields.Bytes("firing"), fields.Bytes("sources")),
            IsCanceled = fields.Has("status"),
            Deliveries = [.. fields.Names.Where(static name => name.StartsWith(StatusField, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(name => ReadDelivery(fields, name[StatusField.Length..]))],
        };
    }

    private static DeliveryRecord ReadDelivery(HashFields fields, string group)
    {
        var status = ParseStatus(fields.Text(StatusField + group)!);

        // A first claim, and its success, leave no numbers in the hash.
        var once = status is DeliveryStatus.Leased or DeliveryStatus.Processed || fields.Has($"fence:{group}") ? 1 : 0;
        return new DeliveryRecord
        {
            Group = group,
            Status = status,
            Attempt = fields.Count($"attempt:{group}", once),
            Crashes = fields.Count($"crashes:{group}"),
            Fence = fields.Number($"fence:{group}") ?? once,
            Error = fields.Text($"error:{group}"),
        };
    }

    private static DeliveryStatus ParseStatus(string word) => word switch
    {
        "ready" => DeliveryStatus.Ready,
        "delayed" => DeliveryStatus.Delayed,
        "leased" => DeliveryStatus.Leased,
        "processed" => DeliveryStatus.Processed,
        "dead" => DeliveryStatus.Dead,
        "canceled" => DeliveryStatus.Canceled,
        "expired" => DeliveryStatus.Expired,
        _ => throw new InvalidOperationException($"The hash holds the unknown delivery status '{word}'."),
    };
}
