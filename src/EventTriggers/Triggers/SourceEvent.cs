using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>An event that a trigger matched.</summary>
public sealed class SourceEvent
{
    /// <summary>Gets the event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the event's wire name.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the moment at which it was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Gets its payload: JSON in UTF-8.</summary>
    [JsonConverter(typeof(PayloadJsonConverter))]
    public required ReadOnlyMemory<byte> Payload { get; init; }
}
