using System.Globalization;

namespace EventTriggers.Tool.Parsing;

/// <summary>
/// A moment as an option gives it: exact, or a distance from now, whose direction the option decides.
/// </summary>
internal sealed class MomentText
{
    public const string Allowed =
        "a moment such as 2026-11-27T07:30:00Z (without an offset it is UTC), or a distance from now such as 10m or 2d";

    private static readonly string[] Formats =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];

    private readonly DateTimeOffset? _exact;
    private readonly TimeSpan _distance;

    private MomentText(DateTimeOffset? exact, TimeSpan distance) => (_exact, _distance) = (exact, distance);

    public static MomentText? Parse(string text)
    {
        if (LengthText.Parse(text) is { } distance)
        {
            return new MomentText(exact: null, distance);
        }

        var exact = text.Replace(' ', 'T');
        string[] formats = [.. Formats, .. Formats.Skip(1).SelectMany(static format => (string[])[$"{format}'Z'", $"{format}zzz"])];
        return DateTimeOffset.TryParseExact(
            exact, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? new MomentText(moment, TimeSpan.Zero)
            : null;
    }

    public DateTimeOffset Before(DateTimeOffset now) => _exact ?? now - _distance;

    public DateTimeOffset After(DateTimeOffset now) => _exact ?? now + _distance;
}
