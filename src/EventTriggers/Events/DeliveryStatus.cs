using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The status of a delivery: of one event in one group.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeliveryStatus>))]
public enum DeliveryStatus
{
    /// <summary>Waiting for a consumer.</summary>
    Ready,

    /// <summary>Waiting for its time: it was published with a delay, or will be retried.</summary>
    Delayed,

    /// <summary>Held by a consumer.</summary>
    Leased,

    /// <summary>Handled by every handler of the group.</summary>
    Processed,

    /// <summary>A dead letter: out of attempts, unreadable, or the cause of too many crashes.</summary>
    Dead,

    /// <summary>Canceled before it was handled.</summary>
    Canceled,

    /// <summary>Not claimed before it expired.</summary>
    Expired,

    /// <summary>A dead letter that was given up. It is remembered as long as a processed delivery.</summary>
    Discarded,
}
