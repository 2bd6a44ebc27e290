using System.Globalization;
using System.Text.RegularExpressions;

namespace EventTriggers.Tool.Parsing;

/// <summary>Reads lengths of time: <c>30s</c>, <c>1h30m</c>, <c>2d</c>, <c>00:01:30</c>.</summary>
internal static partial class LengthText
{
    public const string Allowed = "a length of time such as 30s, 10m, 1h30m, 2d or 00:01:30";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(36500);

    public static TimeSpan? Parse(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero
                ? Within(span)
                : null;
        }

        return Parts().Match(text) is { Success: true } match
            ? match.Groups["part"].Captures.Aggregate(
                (TimeSpan?)TimeSpan.Zero, static (sum, part) => sum is { } whole ? Within(whole + PartOf(part.Value)) : null)
            : null;
    }

    private static TimeSpan? Within(TimeSpan span) => span <= Longest ? span : null;

    private static TimeSpan PartOf(string part)
    {
        var digits = part.TrimEnd('s', 'm', 'h', 'd');
        var number = double.Parse(digits, CultureInfo.InvariantCulture);
        var ms = number * part[digits.Length..] switch
        {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 86_400_000,
        };
        return TimeSpan.FromMilliseconds(Math.Min(ms, 2 * Longest.TotalMilliseconds));
    }

    [GeneratedRegex("^(?<part>[0-9]{1,9}(?:ms|s|m|h|d))+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parts();
}
