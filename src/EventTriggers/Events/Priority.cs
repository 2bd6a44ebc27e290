using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>How urgently an event is handled, beside the other ready events of a group.</summary>
/// <remarks>
/// While events of all three wait, of every twelve that are claimed eight are of high priority, three of normal, and one of low: so none
/// waits forever. What one of them has too few events for, the others get, the higher one first.
/// </remarks>
[JsonConverter(typeof(JsonStringEnumConverter<Priority>))]
public enum Priority
{
    /// <summary>The default.</summary>
    Normal,

    /// <summary>Before others.</summary>
    High,

    /// <summary>After others.</summary>
    Low,
}
