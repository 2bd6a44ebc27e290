using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Why a delivery has not been handled yet, see <see cref="IEventStore.ExplainAsync"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeliveryReason>))]
public enum DeliveryReason
{
    /// <summary>It was handled, or will not be: its status says which.</summary>
    Ended,

    /// <summary>
    /// Nothing stands in its way: a consumer with room claims it, after those that became ready before, as soon as the limits of the group
    /// allow.
    /// </summary>
    Claimable,

    /// <summary>An operator has paused the group.</summary>
    GroupPaused,

    /// <summary>Other deliveries of its key have their turn.</summary>
    KeyTaken,

    /// <summary>Another event of its key is a dead letter that holds the key until somebody redrives or discards it.</summary>
    KeyHeld,

    /// <summary>It was claimed by a host that does not handle its type, and waits for one that does.</summary>
    Parked,

    /// <summary>No live host of the group handles its type.</summary>
    NoConsumer,

    /// <summary>It is not due: it was published with a delay, or waits for its next attempt.</summary>
    NotDue,

    /// <summary>A consumer holds it.</summary>
    Leased,

    /// <summary>It is a dead letter. It stays one until somebody redrives or discards it.</summary>
    DeadLetter,

    /// <summary>
    /// As many deliveries of its key have begun as may for now (<see cref="GroupOptions.LimitPerKey"/>).
    /// <see cref="DeliveryExplanation.Until"/> says when the next may; those that wait before it begin first.
    /// </summary>
    KeyLimited,

    /// <summary>
    /// A limit of the group (<see cref="GroupOptions.Limits"/>) grants nothing for now; <see cref="DeliveryExplanation.Until"/> says when
    /// it may. Those that became ready before it begin first.
    /// </summary>
    RateLimited,

    /// <summary>Another event with its name runs (<see cref="PublishOptions.Unique"/>): it waits until that one has ended.</summary>
    NameTaken,
}
