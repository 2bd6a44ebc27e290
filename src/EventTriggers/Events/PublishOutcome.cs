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
}
