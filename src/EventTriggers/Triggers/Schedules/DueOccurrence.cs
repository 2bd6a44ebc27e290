namespace EventTriggers.Triggers.Schedules;

/// <summary>An occurrence of a recurring trigger that has become due. All times are unix ms.</summary>
/// <param name="Due">When it was due.</param>
/// <param name="Slot">
/// The scheduled occurrence that <c>RescheduleAsync</c> moved to <paramref name="Due"/>; otherwise the same as <paramref name="Due"/>.
/// </param>
/// <param name="ResumedAt">When the trigger was resumed from a pause in which occurrences were due; otherwise long before.</param>
/// <param name="FiringsLeft">
/// How often the trigger may still fire; without a limit where it may skip occurrences, which do not count.
/// </param>
internal readonly record struct DueOccurrence(long Due, long Slot, long ResumedAt, long FiringsLeft);
