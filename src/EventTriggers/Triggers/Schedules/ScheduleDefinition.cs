using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers.Triggers.Schedules;

/// <summary>
/// The schedule of a recurring trigger as its hash stores it. <see cref="Compile"/> turns it into a <see cref="Schedule"/>.
/// </summary>
internal sealed record ScheduleDefinition
{
    // The limits of Every and Jitter, in ms.
    private const long ShortestEvery = 1000;
    private const long LongestEvery = 3650 * LongestJitter;
    private const long LongestJitter = 86_400_000;

    /// <summary>Gets the interval in ms; <see langword="null"/> for a cron trigger.</summary>
    public long? Every { get; init; }

    /// <summary>Gets the cron expression; <see langword="null"/> for an interval.</summary>
    public string? Cron { get; init; }

    /// <summary>Gets the IANA id of the zone in which the cron expression and <see cref="Except"/> are read.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Gets the moment from which the interval counts, or before which a cron trigger is not due, in unix ms.</summary>
    public long? Start { get; init; }

    /// <summary>Gets the moment after which the trigger is not due, in unix ms.</summary>
    public long? Until { get; init; }

    /// <summary>Gets how many ms later than the cron expression the trigger is due. The start of an interval includes its jitter.</summary>
    public long Jitter { get; init; }

    public Misfire Misfire { get; init; } = Misfire.FireOnce;

    /// <summary>Gets the dates on which the trigger is not due, in order.</summary>
    public IReadOnlyList<DateOnly> Except { get; init; } = [];

    /// <summary>Gets the dates as the hash field stores them; <see langword="null"/> for none.</summary>
    public string? ExceptField =>
        Except.Count == 0
            ? null
            : string.Join(',', Except.Select(static date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));

    public static IReadOnlyList<DateOnly> ParseExcept(string? text) =>
        string.IsNullOrEmpty(text) ? [] : [.. text.Split(',').Select(ParseDate)];

    /// <summary>Compiles the definition.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    /// <exception cref="ArgumentException">The cron expression is invalid.</exception>
    /// <exception cref="FormatException">A field of the hash holds a value that is not allowed.</exception>
    public Schedule Compile()
    {
        var zone = ZoneIds.FindStored(Zone);
        var start = Start is { } first ? Within("start", first, UnixTime.MinMs, UnixTime.MaxMs + LongestJitter) : UnixTime.MinMs;
        IRecurrence recurrence = Every is { } every
            ? new IntervalRecurrence(start, Within("every", every, ShortestEvery, LongestEvery))
            : new CronRecurrence(ParsedCron.Parse(Cron!), zone);
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
        : throw new FormatException(
            string.Create(CultureInfo.InvariantCulture, $"The hash holds {value} as '{field}', which must be between {least} and {most}."));

    private static DateOnly ParseDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new FormatException($"The hash holds '{Excerpt.Of(text)}' among its dates, which is not a date.");
}
