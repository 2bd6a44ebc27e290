namespace EventTriggers.Triggers.Schedules;

/// <summary>The moments of a cron expression in a time zone.</summary>
/// <remarks>
/// Cronos finds wall-clock times and never sees the zone. The zone's offsets before and after each change of the clocks turn
/// wall-clock times into moments.
/// </remarks>
internal sealed class CronRecurrence(ParsedCron cron, TimeZoneInfo zone) : IRecurrence
{
    // Cronos looks no further than the year 9999, and two days before its end no zone leads beyond what .NET can hold.
    private static readonly long Latest = new DateTimeOffset(9999, 12, 30, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly ZoneOffsets _offsets = ZoneOffsets.For(zone);

    public long? Next(long after)
    {
        for (var from = Math.Max(after + 1, 0); from <= Latest;)
        {
            var span = _offsets.At(from);
            if (NextWall(FirstWall(span, from)) is not { } wall)
            {
                return null;
            }

            // A time that the clocks skip at the start of the span is due at that start.
            var at = Math.Max(from, wall - span.Offset);
            if (at < span.End)
            {
                return at <= Latest ? at : null;
            }

            from = span.End;
        }

        return null;
    }

    public long? Count(long after, long until) => null;

    // The first wall-clock time that counts from a moment of a span on, in ms as if it were UTC. The start of a span includes the
    // times that the clocks skip. Times that they show twice count twice only for an expression that fires in a repeated hour.
    private long FirstWall(OffsetSpan span, long from)
    {
        var (wall, before) = (from + span.Offset, span.Start + span.Before);
        return from == span.Start
            ? cron.FiresInRepeatedHour ? Math.Min(wall, before) : before
            : cron.FiresInRepeatedHour ? wall : Math.Max(wall, before);
    }

    private long? NextWall(long wall)
    {
        var next = cron.Expression.GetNextOccurrence(DateTime.UnixEpoch.AddTicks(wall * TimeSpan.TicksPerMillisecond), inclusive: true);
        return next is { } found ? (found - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond : null;
    }
}
