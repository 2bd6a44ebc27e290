using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What an event trigger waits for before it fires.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OverTimeKind>))]
public enum OverTimeKind
{
    /// <summary>Each event. How often it fires may be limited.</summary>
    Each,

    /// <summary>A number of events within a span.</summary>
    Count,

    /// <summary>An event that another event follows within a span.</summary>
    FollowedBy,

    /// <summary>An event that no other event follows within a span.</summary>
    NotFollowedBy,

    /// <summary>An event after which no further event comes for a span.</summary>
    Debounce,
}
