using System.Globalization;

namespace EventTriggers.Tool.Output;

/// <summary>Writes numbers, times and lengths for people.</summary>
internal static class Words
{
    public static string Count(long count, string one, string more) => $"{Number(count)} {(count == 1 ? one : more)}";

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Writes a word as a sentence begins.</summary>
    public static string Begin(string word) => $"{char.ToUpperInvariant(word[0])}{word[1..]}";

    /// <summary>Writes a rate; a rate that is not zero never looks like it.</summary>
    public static string Rate(double rate) => rate switch
    {
        0 => "0",
        < 0.1 => "<0.1",
        < 10 => rate.ToString("0.0", CultureInfo.InvariantCulture),
        _ => rate.ToString("N0", CultureInfo.InvariantCulture),
    };

    public static string Bytes(double bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024:0.#} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024 / 1024:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024 / 1024 / 1024:0.##} GiB"),
    };

    /// <summary>Writes a length with its two largest units: <c>3d 4h</c>, <c>12m 5s</c>, <c>40s</c>, <c>350ms</c>.</summary>
    public static string Length(TimeSpan length) => Round(length.Duration()) switch
    {
        { TotalSeconds: < 1 } ms => Two(ms.Milliseconds, "ms", 0, string.Empty),
        { TotalMinutes: < 1 } seconds => Two(seconds.Seconds, "s", 0, string.Empty),
        { TotalHours: < 1 } minutes => Two(minutes.Minutes, "m", minutes.Seconds, "s"),
        { TotalDays: < 1 } hours => Two(hours.Hours, "h", hours.Minutes, "m"),
        var days => Two(days.Days, "d", days.Hours, "h"),
    };

    /// <summary>Writes a moment exactly, in UTC.</summary>
    public static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Writes a moment exactly, and how far it is away.</summary>
    public static string Moment(DateTimeOffset moment, DateTimeOffset now) => $"{Moment(moment)} ({Distance(moment, now)})";

    /// <summary>Writes how far a moment is away: <c>5m ago</c>, <c>in 3h</c>.</summary>
    public static string Distance(DateTimeOffset moment, DateTimeOffset now) =>
        moment > now ? $"in {Length(moment - now)}" : $"{Length(now - moment)} ago";

    /// <summary>Writes a name of an enumeration as options take it: <c>NotFollowedBy</c> is <c>not-followed-by</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select(static (letter, at) =>
            char.IsAsciiLetterUpper(letter) ? $"{(at == 0 ? string.Empty : "-")}{char.ToLowerInvariant(letter)}" : $"{letter}"));

    /// <summary>Writes a priority; <see langword="null"/> for the normal one.</summary>
    public static string? Of(Priority? priority) => priority is null or Priority.Normal ? null : Of(priority.Value);

    private static TimeSpan Round(TimeSpan length) => length < TimeSpan.FromSeconds(1)
        ? length
        : TimeSpan.FromSeconds(Math.Round(length.TotalSeconds));

    private static string Two(long large, string unit, long small, string smallUnit) => small == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{large}{unit}")
        : string.Create(CultureInfo.InvariantCulture, $"{large}{unit} {small}{smallUnit}");
}
