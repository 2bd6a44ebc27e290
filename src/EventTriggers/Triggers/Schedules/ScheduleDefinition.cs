using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;

namespace EventTriggers.Triggers.Schedules;

/// <summary>The schedule of a recurring trigger, as it is stored.</summary>
internal sealed record ScheduleDefinition
{
    // In ms: what Every and Jitter take.
    private const long ShortestEvery = 1000;
    private const long LongestEvery = 3650 * LongestJitter;
    private const long LongestJitter = 86_400_000;

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
    /// <exception cref="ArgumentException">The cron expression is not one.</exception>
    /// <exception cref="FormatException">Somebody has written what is not allowed into its hash.</exception>
    public Schedule Read()
    {
        var zone = ZoneIds.Read(Zone);
        var start = Start is { } first ? Within("start", first, UnixTime.MinMs, UnixTime.MaxMs + LongestJitter) : UnixTime.MinMs;
        IRecurrence recurrence = Every is { } every
            ? new IntervalRecurrence(start, Within("every", every, ShortestEvery, LongestEvery))
            : new CronRecurrence(CronText.Parse(Cron!), zone);
        return new Schedule(recurrence, zone)
        {
            From = start,
            Until = Until ?? UnixTime.MaxMs,
            Jitter = Within("jitter", Jitter, 0, LongestJitter),
            Except = Except.ToHashSet(),
        };
    }

    private static long Within(string field, long value, long least, long most) => value >= least && value <= most
        ? value
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The hash holds {value} as '{field}', which must be between {least} and {most}."));

    private static DateOnly ParseDate(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        ? date
        : throw new FormatException($"The hash holds '{Excerpt.Of(text)}' among its dates, which is none.");
}
