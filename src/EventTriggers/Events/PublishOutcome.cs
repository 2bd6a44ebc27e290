using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What a publish found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PublishOutcome>))]
public enum PublishOutcome
{
    /// <summary>The event was accepted by this call.</summary>
    Accepted,

    /// <summary>An event with the chosen id was accepted before; this call changed nothing.</summary>
    Repeated,

    /// <summary>The event was not accepted, and nothing was changed. Only in <see cref="IncompletePublishException.Results"/>.</summary>
    NotAccepted,

    /// <summary>
    /// The event was sent, and not confirmed: it may have been accepted, or be accepted yet. Only in <see cref="IncompletePublishException.Results"/>.
    /// </summary>
    Unknown,
}
