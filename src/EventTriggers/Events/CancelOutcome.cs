using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The result of a cancellation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CancelOutcome>))]
public enum CancelOutcome
{
    /// <summary>The event will not be handled, or the trigger will not fire.</summary>
    Canceled,

    /// <summary>A handler is running, and its token is canceled. For events only.</summary>
    Signaled,

    /// <summary>The event was already handled, or the trigger had already ended.</summary>
    TooLate,

    /// <summary>No event, or trigger, has this id: it never existed, or its retention is over.</summary>
    NotFound,
}
