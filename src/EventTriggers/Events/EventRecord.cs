using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>An event as it is stored.</summary>
public sealed class EventRecord
{
    /// <summary>Gets the event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the event's wire name.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the payload, as it was published.</summary>
    [JsonConverter(typeof(PayloadJsonConverter))]
    public required ReadOnlyMemory<byte> Payload { get; init; }

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
