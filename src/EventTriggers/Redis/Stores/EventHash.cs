using EventTriggers.Events;
using EventTriggers.Triggers;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads the hash of an event as a record.</summary>
internal static class EventHash
{
    private const string StatusField = "status:";

    /// <param name="id">The event's id.</param>
    /// <param name="hash">Its hash; empty if there is none.</param>
    /// <param name="attempts">The last attempts of its deliveries by group, where they were read.</param>
    public static EventRecord? Read(
        string id, HashEntry[] hash, IReadOnlyDictionary<string, IReadOnlyList<AttemptRecord>>? attempts = null)
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
            Payload = PayloadPieces.Read(fields),
            PublishedAt = fields.Time("at") ?? DateTimeOffset.UnixEpoch,
            DueAt = fields.Time("due"),
            ExpiresAt = fields.Time("expires"),
            CorrelationId = fields.Text("correlation"),
            Key = ReadKey(fields),
            Priority = ReadPriority(fields),
            Unique = ReadUnique(fields),
            Headers = fields.Read("headers", static json => HeaderJson.Read(json), "a JSON object of texts") ?? HeaderJson.None,
            Firing = ReadFiring(fields),
            IsCanceled = fields.Has("status"),
            Deliveries = [.. fields.Names.Where(static name => name.StartsWith(StatusField, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(name => ReadDelivery(fields, name[StatusField.Length..], attempts))
                .OfType<DeliveryRecord>()],
            Unreadable = fields.Unreadable,
        };
    }

    /// <summary>Makes the record of an event whose key does not hold a hash.</summary>
    public static EventRecord Foreign(string id) => new()
    {
        Id = id,
        Type = string.Empty,
        Payload = ReadOnlyMemory<byte>.Empty,
        PublishedAt = DateTimeOffset.UnixEpoch,
        Headers = HeaderJson.None,
        Deliveries = [],
        Unreadable = "Its key holds something else than a hash.",
    };

    private static string? ReadKey(HashFields fields)
    {
        var key = fields.Text("key");
        if (key is null || NameRules.KeyProblem(key) is null)
        {
            return key;
        }

        fields.Note("key", "the key of an event");
        return null;
    }

    private static Priority ReadPriority(HashFields fields)
    {
        if (Priorities.Read(fields.Text("priority")) is { } priority)
        {
            return priority;
        }

        fields.Note("priority", "the priority of an event");
        return Priority.Normal;
    }

    // Until when it holds its name, and the name, behind that of its key and a '/' if it has one.
    private static string? ReadUnique(HashFields fields)
    {
        if (fields.Text("unique") is not { } text)
        {
            return null;
        }

        if (text.Split(' ') is not [_, { Length: > 0 } name])
        {
            fields.Note("unique", "the name of unique work");
            return null;
        }

        return fields.Text("key") is { } key && name.StartsWith($"{key}/", StringComparison.Ordinal) ? name[(key.Length + 1)..] : name;
    }

    private static Firing? ReadFiring(HashFields fields)
    {
        var sources = fields.Read("sources", static json => FiringJson.ReadSources(json), "a JSON array of events") ?? [];
        return fields.Read("firing", json => FiringJson.ReadFiring(json, sources), "a firing as JSON");
    }

    // A delivery with an unknown status is left out, and noted.
    private static DeliveryRecord? ReadDelivery(
        HashFields fields, string group, IReadOnlyDictionary<string, IReadOnlyList<AttemptRecord>>? attempts)
    {
        if (ParseStatus(fields.Text(StatusField + group)!) is not { } status)
        {
            fields.Note(StatusField + group, "the status of a delivery");
            return null;
        }

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
            Attempts = attempts?.GetValueOrDefault(group) ?? [],
        };
    }

    /// <summary>Reads a status as it is stored; <see langword="null"/> if it is not one.</summary>
    public static DeliveryStatus? ParseStatus(string word) => word switch
    {
        "ready" => DeliveryStatus.Ready,
        "delayed" => DeliveryStatus.Delayed,
        // Followed by the consumer and the number of its claim.
        "leased" => DeliveryStatus.Leased,
        _ when word.StartsWith("leased ", StringComparison.Ordinal) => DeliveryStatus.Leased,
        "processed" => DeliveryStatus.Processed,
        "dead" => DeliveryStatus.Dead,
        "canceled" => DeliveryStatus.Canceled,
        "expired" => DeliveryStatus.Expired,
        "discarded" => DeliveryStatus.Discarded,
        _ => null,
    };
}
