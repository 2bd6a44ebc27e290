using System.Globalization;

namespace EventTriggers.Tool.Parsing;

/// <summary>Reads numbers: digits only.</summary>
internal static class Numbers
{
    public static int? Parse(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
