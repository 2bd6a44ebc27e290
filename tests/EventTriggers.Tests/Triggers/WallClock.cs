namespace EventTriggers.Tests.Triggers;

/// <summary>
/// What a clock on the wall shows, minute by minute. It knows a zone by its offset at each moment and nothing else: neither by rules, nor
/// by what .NET calls ambiguous or invalid.
/// </summary>
internal static class WallClock
{
    // No clock was ever set back by more.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(26);

    public static IReadOnlyList<Minute> Of(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var (minutes, shown, last) = (new List<Minute>(), new HashSet<DateTime>(), Show(zone, from - Longest));
        for (var at = from - Longest; at < to; at = at.AddMinutes(1))
        {
            var shows = Show(zone, at);
            DateTime[] skips = shows - last <= TimeSpan.FromMinutes(1)
                ? []
                : [.. Enumerable.Range(1, (int)(shows - last).TotalMinutes - 1).Select(n => last.AddMinutes(n))];
            (var isNew, last) = (shown.Add(shows), shows);
            if (at >= from)
            {
                minutes.Add(new Minute(at, shows, !isNew, skips));
            }
        }

        return minutes;
    }

    /// <summary>Lists the first moments at which a zone has another offset than before.</summary>
    public static IEnumerable<DateTimeOffset> ChangesOf(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        for (var day = from; day < to; day = day.AddDays(1))
        {
            if (Offset(zone, day) != Offset(zone, day.AddDays(1)))
            {
                var minute = Enumerable.Range(1, 1440).First(minute => Offset(zone, day.AddMinutes(minute)) != Offset(zone, day));
                yield return day.AddMinutes(minute);
            }
        }
    }

    public static DateTime Show(TimeZoneInfo zone, DateTimeOffset at) =>
        DateTime.SpecifyKind(at.UtcDateTime + Offset(zone, at), DateTimeKind.Unspecified);

    private static TimeSpan Offset(TimeZoneInfo zone, DateTimeOffset at) => zone.GetUtcOffset(at.UtcDateTime);

    /// <summary>A minute of a clock.</summary>
    /// <param name="At">When it begins.</param>
    /// <param name="Shows">What the clock shows.</param>
    /// <param name="IsRepeated">Whether it has shown that before.</param>
    /// <param name="Skips">What it has left out just before.</param>
    internal readonly record struct Minute(DateTimeOffset At, DateTime Shows, bool IsRepeated, DateTime[] Skips);
}
