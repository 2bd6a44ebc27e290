using System.Globalization;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Cron read once more, in the dullest way: each minute is asked whether it matches. For five fields of numbers, '*', ranges, steps and lists.
/// When clocks go forward, what falls into the gap is due at its end. When they go back, an expression with '*', '-' or '/' in minute or hour is due in
/// both hours, any other in the first.
/// </summary>
internal sealed class CronTable
{
    private static readonly (int Low, int High)[] Bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];

    private readonly HashSet<int>[] _fields;
    private readonly bool _isInterval;

    public CronTable(string expression)
    {
        var fields = expression.Split(' ');
        _fields = [.. fields.Select((field, i) => Values(field, Bounds[i]).ToHashSet())];
        _isInterval = $"{fields[0]} {fields[1]}".AsSpan().ContainsAny('*', '-', '/');
    }

    /// <summary>Lists the moments of a span, minute by minute.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone)
    {
        for (var at = from; at < to; at = at.AddMinutes(1))
        {
            var local = TimeZoneInfo.ConvertTime(at, zone);
            var before = TimeZoneInfo.ConvertTime(at.AddMinutes(-1), zone);
            var gap = local.Offset - before.Offset;
            var isDue = Matches(local.DateTime) && (_isInterval || !IsRepeated(local, zone));
            for (var skipped = before.DateTime.AddMinutes(1); gap > TimeSpan.Zero && skipped < local.DateTime; skipped = skipped.AddMinutes(1))
            {
                isDue |= Matches(skipped);
            }

            if (isDue)
            {
                yield return at;
            }
        }
    }

    private static bool IsRepeated(DateTimeOffset local, TimeZoneInfo zone) =>
        zone.IsAmbiguousTime(local.DateTime) && local.Offset != zone.GetAmbiguousTimeOffsets(local.DateTime).Max();

    private static IEnumerable<int> Values(string field, (int Low, int High) bounds) => field.Split(',').SelectMany(part =>
    {
        var (range, step) = part.Split('/') is [var r, var s] ? (r, Number(s)) : (part, 1);
        var (low, high) = range == "*" ? bounds : range.Split('-') is [var l, var h] ? (Number(l), Number(h)) : (Number(range), step > 1 ? bounds.High : Number(range));
        return Enumerable.Range(low, high - low + 1).Where(value => (value - low) % step == 0);
    });

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private bool Matches(DateTime local) =>
        _fields[0].Contains(local.Minute) && _fields[1].Contains(local.Hour) && _fields[2].Contains(local.Day)
        && _fields[3].Contains(local.Month) && _fields[4].Contains((int)local.DayOfWeek);
}
