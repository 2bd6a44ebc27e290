namespace EventTriggers.Triggers.Schedules;

/// <summary>The moments of a cron expression in a time zone.</summary>
/// <remarks>Cronos finds wall-clock times, and is never told of the zone: they become moments by the zone's offsets before and after each change of the clocks.</remarks>
internal sealed class CronRecurrence(CronText cron, TimeZoneInfo zone) : IRecurrence
{
    // Of the years that Cronos looks at; and no zone leads out of what .NET can hold.
    private static readonly long Latest = new DateTimeOffset(9999, 12, 30, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly ZoneOffsets _offsets = ZoneOffsets.Of(zone);

    public long? Next(long after)
    {
        for (var from = Math.Max(after + 1, 0); from <= Latest;)
        {
            var span = _offsets.At(from);
            if (NextWall(FirstWall(span, from)) is not { } wall)
            {
                return null;
            }

            // What the clocks leave out at the start of the span is due at that start.
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

    // The first wall-clock time, in ms as if it were UTC, that counts from a moment of a span on. At its start there are those that the clocks leave out, too; and those that
    // they show a second time are only for an expression that goes on.
    private long FirstWall(OffsetSpan span, long from)
    {
        var (wall, before) = (from + span.Offset, span.Start + span.Before);
        return from == span.Start
            ? cron.GoesOn ? Math.Min(wall, before) : before
            : cron.GoesOn ? wall : Math.Max(wall, before);
    }

    private long? NextWall(long wall)
    {
        var next = cron.Expression.GetNextOccurrence(DateTime.UnixEpoch.AddTicks(wall * TimeSpan.TicksPerMillisecond), inclusive: true);
        return next is { } found ? (found - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond : null;
    }
}
