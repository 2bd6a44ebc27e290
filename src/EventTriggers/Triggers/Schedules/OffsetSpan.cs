namespace EventTriggers.Triggers.Schedules;

/// <summary>A span of time in which the UTC offset of a zone stays the same. All values are ms.</summary>
/// <param name="Start">The first moment of the span.</param>
/// <param name="End">The first moment after the span.</param>
/// <param name="Offset">How far the zone's clocks are ahead of UTC.</param>
/// <param name="Before">How far they were ahead just before the span.</param>
internal readonly record struct OffsetSpan(long Start, long End, long Offset, long Before);
