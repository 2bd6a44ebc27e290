using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What a trigger does with an event, or why it does nothing.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TriggerVerdict>))]
public enum TriggerVerdict
{
    /// <summary>The trigger fires for the event when the event is matched.</summary>
    WouldFire,

    /// <summary>The trigger has fired for the event. <see cref="TriggerExplanation.Raised"/> is the event that it raised.</summary>
    Fired,

    /// <summary>The event counts, and the rule over time needs further events before it fires.</summary>
    Incomplete,

    /// <summary>
    /// The event waits for its moment, <see cref="OverTimeExplanation.DueAt"/>: the trigger fires then, unless another event answers it
    /// (<c>NotFollowedBy</c>) or comes before (<c>Debounce</c>).
    /// </summary>
    Waits,

    /// <summary>The event answers events that wait (<c>NotFollowedBy</c>): the trigger does not fire for those.</summary>
    Answers,

    /// <summary>Another event answers the event (<c>NotFollowedBy</c>): the trigger does not fire for it.</summary>
    Answered,

    /// <summary>
    /// The event counted and does not count any more: another event completed the rule with it, or its moment came while the trigger could
    /// not fire.
    /// </summary>
    Used,

    /// <summary>The event cancels the trigger when the event is matched (<c>CancelOn</c>).</summary>
    Cancels,

    /// <summary>The trigger is paused, or has ended.</summary>
    NotActive,

    /// <summary>The event was published before the trigger's <c>StartingAt</c>, or after its <c>Until</c>.</summary>
    OutsideWindow,

    /// <summary>The event was published before the trigger subscribed to its type, or before any trigger did.</summary>
    PublishedBefore,

    /// <summary>
    /// The trigger is stored, but does not subscribe to the type in the event's partition: adding it was interrupted. Add it again.
    /// </summary>
    NotSubscribed,

    /// <summary>The trigger has nothing to do with events of this type.</summary>
    OtherType,

    /// <summary>The payload does not meet the trigger's condition.</summary>
    PatternDiffers,

    /// <summary>Comparing the event with the condition takes more than the allowed steps, so the trigger does not fire for it.</summary>
    Undecided,

    /// <summary>The payload has no string or number in the field of <c>Per</c> or <c>DistinctBy</c>.</summary>
    NoKey,

    /// <summary>An event with the same value of <c>DistinctBy</c> counted shortly before or after.</summary>
    SameValue,

    /// <summary>The trigger fires only so often (<c>AtMost</c>).</summary>
    Throttled,

    /// <summary>The event is too much older than others with the same key that were matched.</summary>
    Late,

    /// <summary>The trigger keeps state for too many values of its key.</summary>
    Crowded,

    /// <summary>The trigger itself led to the event, and does not fire again for it.</summary>
    OwnEvent,

    /// <summary>
    /// Too many triggers led to the event, one after another, or more triggers would fire than it may lead to. No trigger fires for it.
    /// </summary>
    ChainTooLong,

    /// <summary>The event that the trigger would raise is larger or deeper than allowed.</summary>
    RaisesTooMuch,

    /// <summary>
    /// The event was matched when the trigger could not fire, or had another definition. The trigger would act on the event now, but the
    /// event is not matched again.
    /// </summary>
    MatchedEarlier,

    /// <summary>The event was canceled or expired before it was matched.</summary>
    EventEnded,

    /// <summary>Matching the event failed: it is a dead letter of the group <c>$triggers</c>.</summary>
    DeadLetter,

    /// <summary>The event's hash or payload cannot be read.</summary>
    EventUnreadable,

    /// <summary>The trigger's hash, or one of its keys, holds a value that EventTriggers did not write.</summary>
    Unreadable,
}
