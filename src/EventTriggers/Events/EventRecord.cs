using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>An event as it is stored.</summary>
public sealed class EventRecord
{
    /// <summary>Gets the event's id.</summary>
    public required EventId Id { get; init; }

    /// <summary>Gets the event's wire name.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the payload, as it was published.</summary>
    [JsonConverter(typeof(PayloadJsonConverter))]
    public required ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>Gets when it was accepted, by the clock of Redis.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Gets when a delayed event becomes ready; <see langword="null"/> when it was published without a delay.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Gets when it expires; <see langword="null"/> for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Gets the correlation id, if any.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Gets the headers.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Gets the firing that raised it; <see langword="null"/> when it was published by a program.</summary>
    public Firing? Firing { get; init; }

    /// <summary>Gets a value indicating whether it was cancelled before any group wanted it.</summary>
    public bool IsCanceled { get; init; }

    /// <summary>Gets what of it cannot be read, because something else has written into its hash: that is missing here. The default value is <see langword="null"/>: all was read.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Gets its deliveries, one for each group; none while no group subscribes to its type.</summary>
    public required IReadOnlyList<DeliveryRecord> Deliveries { get; init; }
}

/// <summary>What became of an event in one group.</summary>
public sealed class DeliveryRecord
{
    /// <summary>Gets the group.</summary>
    public required string Group { get; init; }

    /// <summary>Gets the status.</summary>
    public required DeliveryStatus Status { get; init; }

    /// <summary>Gets how often it was handed to a consumer.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets how often its consumer was lost while it held the delivery.</summary>
    public int Crashes { get; init; }

    /// <summary>Gets the number of the last claim; what is said with an older number is refused.</summary>
    public long Fence { get; init; }

    /// <summary>Gets the last failure, if any.</summary>
    public string? Error { get; init; }
}
