using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The result of a publish.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PublishOutcome>))]
public enum PublishOutcome
{
    /// <summary>This call accepted the event.</summary>
    Accepted,

    /// <summary>An event with the chosen id was accepted before; this call changed nothing.</summary>
    Repeated,

    /// <summary>The event was not accepted; nothing was changed. Only in <see cref="IncompletePublishException.Results"/>.</summary>
    NotAccepted,

    /// <summary>
    /// The event was sent but not confirmed: it may have been accepted, or may still be. Only in
    /// <see cref="IncompletePublishException.Results"/>.
    /// </summary>
    Unknown,

    /// <summary>
    /// The event was not accepted, because another one holds its name (<see cref="PublishOptions.Unique"/>) and is kept:
    /// <see cref="PublishResult.Id"/> is the id of that one. Nothing was changed.
    /// </summary>
    Kept,
}
