using System.Globalization;

namespace EventTriggers;

/// <summary>The schedule of a recurring trigger, as it is stored.</summary>
internal sealed record Timetable
{
    /// <summary>Gets the interval in ms, of a trigger of that kind.</summary>
    public long? Every { get; init; }

    /// <summary>Gets the cron expression, of a trigger of that kind.</summary>
    public string? Cron { get; init; }

    /// <summary>Gets the IANA id of the zone of the cron expression, and of <see cref="Except"/>.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Gets the moment that the interval counts from, or before which the cron expression is not due, in unix ms.</summary>
    public long? Start { get; init; }

    /// <summary>Gets until when it is due, in unix ms.</summary>
    public long? Until { get; init; }

    /// <summary>Gets how many ms later than the cron expression it is due. An interval has it in its start.</summary>
    public long Jitter { get; init; }

    public Misfire Misfire { get; init; } = Misfire.FireOnce;

    /// <summary>Gets the dates on which it is not due, in order.</summary>
    public IReadOnlyList<DateOnly> Except { get; init; } = [];

    /// <summary>Gets the field of the hash that holds the dates; <see langword="null"/> for none.</summary>
    public string? ExceptText =>
        Except.Count == 0 ? null : string.Join(',', Except.Select(static date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));

    public static IReadOnlyList<DateOnly> ParseExcept(string? text) => string.IsNullOrEmpty(text) ? [] : [.. text.Split(',').Select(ParseDate)];

    /// <summary>Makes it ready to be asked.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public Schedule Read()
    {
        var zone = ZoneIds.Read(Zone);
        return new Schedule(Every is { } every ? new Interval(Start!.Value, every) : new CronRecurrence(CronText.Parse(Cron!), zone), zone)
        {
            From = Start ?? Unix.MinMs,
            Until = Until ?? Unix.MaxMs,
            Jitter = Jitter,
            Except = Except.ToHashSet(),
        };
    }

    private static DateOnly ParseDate(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        ? date
        : throw new FormatException($"The hash holds '{Excerpt.Of(text)}' among its dates, which is none.");
}
