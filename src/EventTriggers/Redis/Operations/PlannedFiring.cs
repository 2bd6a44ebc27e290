using EventTriggers.Triggers.Schedules;

namespace EventTriggers.Redis.Operations;

/// <summary>A due trigger, and what to do about it.</summary>
/// <param name="Trigger">The trigger as it was read.</param>
/// <param name="Plan">What to do; <see langword="null"/> where it could not be planned.</param>
/// <param name="Trouble">Why it could not be planned; else empty.</param>
internal readonly record struct PlannedFiring(DueTrigger Trigger, FirePlan? Plan, string Trouble)
{
    /// <summary>Gets the context of the span that fires it; <see langword="null"/> for that in which it was added.</summary>
    public string? Trace { get; init; }
}
