using System.Globalization;
using System.Text;

namespace EventTriggers.Tool.Output;

/// <summary>
/// Makes text that others wrote fit for a terminal: what a terminal would act on, or would not show, is written as an escape.
/// </summary>
internal static class SafeText
{
    public static string Escape(string text)
    {
        StringBuilder? safe = null;
        for (var at = 0; at < text.Length;)
        {
            var length = Rune.TryGetRuneAt(text, at, out var rune) ? rune.Utf16SequenceLength : 1;
            if (IsPlain(rune))
            {
                safe?.Append(text, at, length);
            }
            else
            {
                Write(safe ??= new StringBuilder(text, 0, at, text.Length + 16), text.AsSpan(at, length));
            }

            at += length;
        }

        return safe?.ToString() ?? text;
    }

    /// <summary>Escapes text whose line ends stay, such as a stack trace.</summary>
    public static IEnumerable<string> EscapeLines(string text) =>
        text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(Escape);

    /// <summary>Counts the columns that a terminal uses for escaped text.</summary>
    public static int WidthOf(string text) => text.EnumerateRunes().Sum(WidthOf);

    public static int WidthOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
        _ => IsWide(rune.Value) ? 2 : 1,
    };

    // Half a character is no rune: it is read as the control character 0.
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static void Write(StringBuilder safe, ReadOnlySpan<char> unsafeText)
    {
        foreach (var one in unsafeText)
        {
            _ = one switch
            {
                '\n' => safe.Append("\\n"),
                '\r' => safe.Append("\\r"),
                '\t' => safe.Append("\\t"),
                _ => safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}"),
            };
        }
    }

    // The blocks that are two columns wide in terminals, roughly as Unicode's East Asian Width has them.
    private static bool IsWide(int value) => value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
        or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD);
}
