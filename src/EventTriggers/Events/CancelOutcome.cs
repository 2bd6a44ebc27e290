using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What a cancellation found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CancelOutcome>))]
public enum CancelOutcome
{
    /// <summary>It will not happen.</summary>
    Canceled,

    /// <summary>A handler is running; its token is cancelled. Events only.</summary>
    Signaled,

    /// <summary>It had happened, or had ended otherwise.</summary>
    TooLate,

    /// <summary>There is nothing with this id.</summary>
    NotFound,
}
