namespace EventTriggers;

/// <summary>
/// What a trigger does with an event, and why. It is computed by the code that matches events, from the state at the time of the call, and
/// changes nothing.
/// </summary>
public sealed class TriggerExplanation
{
    /// <summary>Gets the trigger.</summary>
    public required TriggerRecord Trigger { get; init; }

    /// <summary>Gets the event's id; <see langword="null"/> for a payload that was not published.</summary>
    public string? EventId { get; init; }

    /// <summary>Gets the wire name of the event.</summary>
    public required string EventType { get; init; }

    /// <summary>Gets what the trigger does with the event.</summary>
    public required TriggerVerdict Verdict { get; init; }

    /// <summary>Gets the reason for the verdict, as one or two sentences for a person to read.</summary>
    public required string Reason { get; init; }

    /// <summary>
    /// Gets the event's delivery to the group <c>$triggers</c>, which matches events; <see langword="null"/> if no trigger subscribed to
    /// the type when the event was published, and for a payload that was not published.
    /// </summary>
    public DeliveryRecord? Matching { get; init; }

    /// <summary>
    /// Gets the number of the trigger's subscription to the type; <see langword="null"/> if it has none in the event's partition.
    /// </summary>
    public long? SubscriptionNumber { get; init; }

    /// <summary>
    /// Gets the number of the last subscription to the type when the event was published: the event is matched with subscriptions up to it.
    /// <see langword="null"/> if the event does not say so; it is then matched with every subscription.
    /// </summary>
    public long? LastSubscriptionNumber { get; init; }

    /// <summary>
    /// Gets the trigger's conditions on events of this type: one for each <see cref="ConditionRole"/> that the event may have; empty if the
    /// trigger has nothing to do with the type.
    /// </summary>
    public IReadOnlyList<ConditionExplanation> Conditions { get; init; } = [];

    /// <summary>
    /// Gets what the rule over time knows of the value of the trigger's key; <see langword="null"/> if the trigger has no such rule, or the
    /// event does not get that far.
    /// </summary>
    public OverTimeExplanation? OverTime { get; init; }

    /// <summary>Gets the id of the event that the trigger raised for this one; <see langword="null"/> for none.</summary>
    public string? RaisedId { get; init; }

    /// <summary>
    /// Gets the event that the trigger raised for this one, with its deliveries; <see langword="null"/> for none, or if its retention is
    /// over.
    /// </summary>
    public EventRecord? Raised { get; init; }
}
