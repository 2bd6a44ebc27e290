using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The result of stopping a bulk operation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StopOutcome>))]
public enum StopOutcome
{
    /// <summary>It was running, and changes nothing more.</summary>
    Stopped,

    /// <summary>It had ended.</summary>
    Ended,

    /// <summary>No operation has this id: it never existed, or it ended more than seven days ago.</summary>
    NotFound,
}
