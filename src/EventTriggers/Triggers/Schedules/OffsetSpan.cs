namespace EventTriggers.Triggers.Schedules;

/// <summary>A span in which the offset of a zone from UTC stays the same; all in ms.</summary>
/// <param name="Start">The first moment of it.</param>
/// <param name="End">The first moment after it.</param>
/// <param name="Offset">How far the clocks of the zone are ahead of UTC.</param>
/// <param name="Before">How far they were ahead just before it.</param>
internal readonly record struct OffsetSpan(long Start, long End, long Offset, long Before);
