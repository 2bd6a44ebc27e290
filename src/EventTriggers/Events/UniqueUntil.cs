using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Until when an event holds its name, see <see cref="Unique"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UniqueUntil>))]
public enum UniqueUntil
{
    /// <summary>Until all its deliveries have ended: each is processed, dead, canceled, expired or discarded.</summary>
    Handled,

    /// <summary>Until one of its deliveries is claimed for the first time, or all have ended before.</summary>
    Started,
}
