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

        var fields = hash.ToDictionary(static entry => entry.Name.ToString(), static entry => entry.Value, StringComparer.Ordinal);
        return new EventRecord
        {
            Id = id,
            Type = Text(fields, "type") ?? string.Empty,
            Json = Bytes(fields, "data"),
            PublishedAt = Time(fields, "at") ?? DateTimeOffset.UnixEpoch,
            DueAt = Time(fields, "due"),
            ExpiresAt = Time(fields, "expires"),
            CorrelationId = Text(fields, "correlation"),
            Headers = HeaderJson.Read(Bytes(fields, "headers")),
            Firing = FiringJson.Read(Bytes(fields, "firing"), Bytes(fields, "sources")),
            IsCanceled = fields.ContainsKey("status"),
            Deliveries = [.. fields.Keys.Where(static name => name.StartsWith(StatusField, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(name => ReadDelivery(fields, name[StatusField.Length..]))],
        };
    }

    private static DeliveryRecord ReadDelivery(Dictionary<string, RedisValue> fields, string group) => new()
    {
        Group = group,
        Status = ParseStatus(fields[StatusField + group].ToString()),
        Attempt = (int)Number(fields, $"attempt:{group}"),
        Crashes = (int)Number(fields, $"crashes:{group}"),
        Fence = Number(fields, $"fence:{group}"),
        Error = Text(fields, $"error:{group}"),
    };

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

    private static string? Text(Dictionary<string, RedisValue> fields, string name) =>
        fields.TryGetValue(name, out var value) ? value.ToString() : null;

    private static byte[] Bytes(Dictionary<string, RedisValue> fields, string name) =>
        fields.TryGetValue(name, out var value) ? (byte[]?)value ?? [] : [];

    private static long Number(Dictionary<string, RedisValue> fields, string name) =>
        fields.TryGetValue(name, out var value) ? (long)value : 0;

    private static DateTimeOffset? Time(Dictionary<string, RedisValue> fields, string name) =>
        fields.TryGetValue(name, out var value) ? Unix.Time((long)value) : null;
}
