namespace EventTriggers.Triggers.Schedules;

/// <summary>A recurring trigger at the moment when it has become due, in unix ms.</summary>
/// <param name="Due">When it was due.</param>
/// <param name="Slot">The occurrence that was moved to <paramref name="Due"/> by hand; else the same.</param>
/// <param name="ResumedAt">When it was resumed from a pause in which occurrences were due; else long before.</param>
/// <param name="Left">How often it may still fire.</param>
internal readonly record struct DueOccurrence(long Due, long Slot, long ResumedAt, long Left);
