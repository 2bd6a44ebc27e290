using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The result of discarding an event.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiscardOutcome>))]
public enum DiscardOutcome
{
    /// <summary>The event was a dead letter and is given up, in at least one group.</summary>
    Discarded,

    /// <summary>The event exists, but is not a dead letter of the group, or of any group; nothing was changed.</summary>
    NotDead,

    /// <summary>No event has this id: it never existed, or its retention is over.</summary>
    NotFound,
}
