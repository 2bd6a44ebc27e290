using System.Globalization;

namespace EventTriggers.Dashboard.Overview;

/// <summary>Numbers and lengths of time in the texts of findings.</summary>
internal static class FindingText
{
    public static string Count(long count, string one, string more) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : more)}");

    public static string Length(TimeSpan length) => length switch
    {
        { TotalSeconds: < 120 } => Whole(length.TotalSeconds, "seconds"),
        { TotalMinutes: < 120 } => Whole(length.TotalMinutes, "minutes"),
        { TotalHours: < 48 } => Whole(length.TotalHours, "hours"),
        _ => Whole(length.TotalDays, "days"),
    };

    private static string Whole(double number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number:0} {unit}");
}
