using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>A stored event, with its deliveries.</summary>
public sealed class EventRecord
{
    /// <summary>Gets the event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the event's wire name.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the payload, as it was published: JSON in UTF-8.</summary>
    [JsonConverter(typeof(PayloadJsonConverter))]
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Gets the moment at which it was accepted, by the clock of Redis.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Gets the moment at which a delayed event becomes ready; <see langword="null"/> if it was ready immediately.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Gets the moment at which it expires; <see langword="null"/> for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Gets the correlation id; <see langword="null"/> if it has none.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Gets the key (<see cref="PublishOptions.Key"/>); <see langword="null"/> if it has none.</summary>
    public string? Key { get; init; }

    /// <summary>Gets the priority (<see cref="PublishOptions.Priority"/>).</summary>
    public Priority Priority { get; init; }

    /// <summary>
    /// Gets the name that makes it unique work (<see cref="PublishOptions.Unique"/>): <c>$trigger:</c> and the id of the trigger for an
    /// event of one that does not fire while the last one runs; <see langword="null"/> if it has none.
    /// </summary>
    public string? Unique { get; init; }

    /// <summary>Gets the headers.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Gets the firing that raised it; <see langword="null"/> if a program published it.</summary>
    public Firing? Firing { get; init; }

    /// <summary>Gets a value indicating whether it was canceled before any group took it.</summary>
    public bool IsCanceled { get; init; }

    /// <summary>
    /// Gets the parts that could not be read, because something other than EventTriggers wrote to the event's hash; they are missing here.
    /// <see langword="null"/>, the default, if everything was read.
    /// </summary>
    public string? Unreadable { get; init; }

    /// <summary>Gets its deliveries, one for each group; empty while no group subscribes to its type.</summary>
    public required IReadOnlyList<DeliveryRecord> Deliveries { get; init; }
}
