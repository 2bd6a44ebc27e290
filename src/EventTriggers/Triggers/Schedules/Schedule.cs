using System.Collections.Frozen;
using EventTriggers.Events;

namespace EventTriggers.Triggers.Schedules;

/// <summary>Computes when a recurring trigger is due: a recurrence within its limits. All times are unix ms.</summary>
internal sealed class Schedule(IRecurrence recurrence, TimeZoneInfo zone)
{
    /// <summary>
    /// The maximum number of occurrences of a cron expression that are counted at a time, which takes a few milliseconds.
    /// </summary>
    public const int MaxCounted = 10_000;

    private const int MostPreviewed = 1000;
    private const long Day = 86_400_000;

    private readonly ZoneOffsets _offsets = ZoneOffsets.For(zone);

    public long From { get; init; } = UnixTime.MinMs;

    public long Until { get; init; } = UnixTime.MaxMs;

    /// <summary>Gets how many ms later than its recurrence the trigger is due.</summary>
    public long Jitter { get; init; }

    /// <summary>Gets the dates on which the trigger is not due.</summary>
    public IReadOnlySet<DateOnly> Except { get; init; } = FrozenSet<DateOnly>.Empty;

    /// <summary>Gets the first occurrence of a trigger that is added now. Its start counts even if it is now.</summary>
    public long? First(long now) => Next(From >= now ? From - 1 : now);

    /// <summary>Gets the first occurrence after a moment; <see langword="null"/> when there is none.</summary>
    public long? Next(long after)
    {
        var from = Math.Max(after - Jitter, From - 1);
        while (recurrence.Next(from) is { } at && at + Jitter <= Until)
        {
            var due = at + Jitter;
            if (EndOfExcepted(due) is not { } end)
            {
                return due;
            }

            from = end - 1 - Jitter;
        }

        return null;
    }

    /// <summary>Gets the last occurrence that is not after a moment; <see langword="null"/> when there is none.</summary>
    public long? Last(long until)
    {
        // Only Next decides what an occurrence is. Steps that grow find some occurrence; bisection between it and the moment after
        // which there is none finds the last.
        var (lowest, none) = (From - 1, until);
        long? last = null;
        for (var step = 1000L; last is null && none > lowest; step *= 4)
        {
            var from = Math.Max(none - step, lowest);
            last = NextUpTo(until, from);
            none = last is null ? from : none;
        }

        while (last < none)
        {
            var middle = last.Value + ((none - last.Value) / 2);
            (last, none) = NextUpTo(until, middle) is { } later ? (later, none) : (last, middle);
        }

        return last;
    }

    /// <summary>
    /// Counts the occurrences after <paramref name="after"/> up to <paramref name="until"/>: exactly for an interval, up to
    /// <paramref name="most"/> for a cron expression.
    /// </summary>
    public long Count(long after, long until, long most = MaxCounted)
    {
        if (recurrence.Count(Math.Max(after, From - 1), Math.Min(until, Until)) is { } all)
        {
            return Math.Max(0, all - Except.Sum(date => CountOn(date, after, until)));
        }

        var count = 0L;
        for (var at = Next(after); at <= until && count < most; at = Next(at.Value))
        {
            count++;
        }

        return count;
    }

    /// <summary>Gets the first occurrences of a trigger that is added now, in its zone.</summary>
    public IReadOnlyList<DateTimeOffset> Preview(int count, long now, long? most) => PreviewFrom(First(now), UnixTime.MinMs, count, most);

    /// <summary>
    /// Gets the given first occurrence and those that follow it. <paramref name="slot"/> is the scheduled occurrence that was moved, if one
    /// was.
    /// </summary>
    public IReadOnlyList<DateTimeOffset> PreviewFrom(long? first, long slot, int count, long? most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostPreviewed);
        var occurrences = new List<DateTimeOffset>();
        for (var at = first; at <= Until && occurrences.Count < Math.Min(count, most ?? count); at = Next(Math.Max(at.Value, slot)))
        {
            occurrences.Add(TimeZoneInfo.ConvertTime(UnixTime.ToDateTimeOffset(at.Value), zone));
        }

        return occurrences;
    }

    private long? NextUpTo(long until, long after) => Next(after) is { } at && at <= until ? at : null;

    // Only for intervals, whose excepted dates are UTC dates.
    private long CountOn(DateOnly date, long after, long until)
    {
        var (from, to) = (Math.Max(after, From - 1), Math.Max(after, Math.Min(until, Until)));
        var start = new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds();
        return from >= to ? 0 : recurrence.Count(Math.Clamp(start - 1, from, to), Math.Clamp(start + Day - 1, from, to))!.Value;
    }

    // If the local date at this moment is excepted: when that date ends. Clocks that are later set back to the date begin a new span, which
    // is checked again.
    private long? EndOfExcepted(long due)
    {
        if (Except.Count == 0)
        {
            return null;
        }

        var span = _offsets.At(due);
        var wall = UnixTime.ToDateTimeOffset(due + span.Offset).DateTime;
        return Except.Contains(DateOnly.FromDateTime(wall))
            ? Math.Min(span.End, due + Day - (wall.TimeOfDay.Ticks / TimeSpan.TicksPerMillisecond))
            : null;
    }
}
