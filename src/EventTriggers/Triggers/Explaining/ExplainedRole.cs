using EventTriggers.Triggers.Matching;

namespace EventTriggers.Triggers.Explaining;

/// <summary>What an event may be to a trigger.</summary>
/// <param name="Trigger">The trigger, as it subscribes to the type.</param>
/// <param name="Number">The number of the subscription; <see langword="null"/> if it has none in the event's partition.</param>
/// <param name="HasBegun">Whether the subscription began before the event was published.</param>
/// <param name="Condition">The condition on the event.</param>
internal sealed record ExplainedRole(SubscribedTrigger Trigger, long? Number, bool HasBegun, ConditionExplanation Condition)
{
    /// <summary>Gets a value indicating whether matching the event finds the trigger.</summary>
    public bool IsFound => HasBegun && Condition.Holds == true;
}
