using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The length of the intervals in which deliveries are counted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RateInterval>))]
public enum RateInterval
{
    /// <summary>A minute. Minutes are kept for 24 hours.</summary>
    Minute,

    /// <summary>An hour. Hours are kept for 8 days, and the current hour is not among them until it is over.</summary>
    Hour,
}
