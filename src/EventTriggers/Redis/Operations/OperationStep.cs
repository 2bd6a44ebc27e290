namespace EventTriggers.Redis.Operations;

/// <summary>One step of a bulk operation.</summary>
/// <param name="Next">How long the next step is not due; <see langword="null"/> when no operation runs.</param>
/// <param name="Id">The operation; <see langword="null"/> if none was due.</param>
/// <param name="Kind">Its kind, as it is stored.</param>
/// <param name="IsOver">Whether it has ended in this partition.</param>
/// <param name="Examined">How many entries it has looked at.</param>
/// <param name="Changed">How many it has changed.</param>
/// <param name="Unsubscribe">The triggers that the step canceled and whose subscriptions are to be removed.</param>
internal sealed record OperationStep(
    TimeSpan? Next, string? Id, string Kind, bool IsOver, long Examined, long Changed, IReadOnlyList<string> Unsubscribe);
