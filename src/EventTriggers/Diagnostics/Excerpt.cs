using System.Globalization;
using System.Text;

namespace EventTriggers.Diagnostics;

/// <summary>Quotes text from outside in messages and logs: short, on one line, and safe for a terminal.</summary>
internal static class Excerpt
{
    /// <summary>The maximum number of characters that a message quotes.</summary>
    public const int MaxLength = 100;

    /// <summary>
    /// Cuts a text at a whole character and escapes unprintable characters: control and format characters, line ends, lone surrogates.
    /// </summary>
    public static string Of(string? text, int maxLength = MaxLength)
    {
        var excerpt = new StringBuilder();
        foreach (var rune in (text ?? "null").AsSpan().EnumerateRunes())
        {
            if (excerpt.Length + rune.Utf16SequenceLength > maxLength)
            {
                return excerpt.Append('…').ToString();
            }

            Append(excerpt, rune);
        }

        return excerpt.ToString();
    }

    private static void Append(StringBuilder excerpt, Rune rune)
    {
        if (IsPrintable(rune))
        {
            excerpt.Append(rune.ToString());
        }
        else
        {
            excerpt.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }
    }

    // The enumeration returns a lone surrogate as the replacement character.
    private static bool IsPrintable(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
