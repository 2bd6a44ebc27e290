using System.Globalization;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Cron read once more, in the dullest way: each minute that a wall clock shows is asked whether it matches. For five fields of numbers,
/// '*', ranges, steps and lists, or six with seconds in front. When clocks go forward, what falls into the gap is due at its end. When they
/// go back, an expression with '*', '-' or '/' in hours or less is due in both hours, any other in the first.
/// </summary>
internal sealed class CronTable
{
    private static readonly (int Low, int High)[] Bounds = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];

    private readonly bool[][] _fields;
    private readonly bool _goesOn;

    public CronTable(string expression)
    {
        string[] fields = expression.Split(' ') is { Length: 6 } six ? six : ["0", .. expression.Split(' ')];
        _fields = [.. fields.Select(static (field, i) => Matching(field, Bounds[i]))];
        _goesOn = string.Join(' ', fields[..3]).AsSpan().ContainsAny('*', '-', '/');
    }

    /// <summary>Lists the moments at which a wall clock shows what matches.</summary>
    public IEnumerable<DateTimeOffset> Among(IEnumerable<WallClock.Minute> minutes)
    {
        foreach (var minute in minutes)
        {
            var isDue = Matches(minute.Shows) && (_goesOn || !minute.IsRepeated);
            var isAfterGap = Array.Exists(minute.Skips, Matches);
            for (var second = 0; second < 60 && (isDue || (isAfterGap && second == 0)); second++)
            {
                if (second == 0 && isAfterGap || isDue && _fields[0][second])
                {
                    yield return minute.At.AddSeconds(second);
                }
            }
        }
    }

    private static bool[] Matching(string field, (int Low, int High) bounds)
    {
        var values = field.Split(',').SelectMany(part => Values(part, bounds)).ToHashSet();
        return [.. Enumerable.Range(0, bounds.High + 1).Select(values.Contains)];
    }

    private static IEnumerable<int> Values(string part, (int Low, int High) bounds)
    {
        var (range, step) = part.Split('/') is [var r, var s] ? (r, Number(s)) : (part, 1);
        var (low, high) = range == "*"
            ? bounds
            : range.Split('-') is [var l, var h] ? (Number(l), Number(h)) : (Number(range), step > 1 ? bounds.High : Number(range));
        return Enumerable.Range(low, high - low + 1).Where(value => (value - low) % step == 0);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private bool Matches(DateTime wall) =>
        _fields[1][wall.Minute]
            && _fields[2][wall.Hour]
            && _fields[3][wall.Day]
            && _fields[4][wall.Month]
            && _fields[5][(int)wall.DayOfWeek];
}
