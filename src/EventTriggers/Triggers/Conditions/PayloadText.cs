using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// The one way in which names and texts of payloads are compared. A text that is not Unicode, such as an emoji that was cut in half, equals nothing; that it is there is all that is known of
/// it. Nothing here throws: whoever publishes such texts must not cost the others even an exception.
/// </summary>
internal static class PayloadText
{
    private const int LongestOnStack = 256;
    private const int DigitsOfUnit = 4;

    /// <summary>Tells whether the name or the string that a reader is at is Unicode.</summary>
    public static bool IsUnicode(ref readonly Utf8JsonReader reader) =>
        Utf8.IsValid(reader.ValueSpan) && (!reader.ValueIsEscaped || HasWholeEscapes(reader.ValueSpan));

    /// <summary>Finds what is kept under the name that a reader is at.</summary>
    public static bool TryFind<TValue>(Dictionary<byte[], TValue> names, ref readonly Utf8JsonReader reader, [MaybeNullWhen(false)] out TValue found)
    {
        // What is looked for is Unicode; so bytes that are not never equal it.
        var known = names.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!reader.ValueIsEscaped)
        {
            return known.TryGetValue(reader.ValueSpan, out found);
        }

        found = default;
        Span<byte> name = reader.ValueSpan.Length <= LongestOnStack ? stackalloc byte[LongestOnStack] : new byte[reader.ValueSpan.Length];
        return IsUnicode(in reader) && known.TryGetValue(name[..reader.CopyString(name)], out found);
    }

    /// <summary>Makes a dictionary for <see cref="TryFind"/>.</summary>
    public static Dictionary<byte[], TValue> NewNames<TValue>() => new(Utf8Comparer.Instance);

    public static byte[] NameOf(string name) => Encoding.UTF8.GetBytes(name);

    // A surrogate that is escaped has its other half right behind it.
    private static bool HasWholeEscapes(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOf((byte)'\\'); at >= 0; at = text.IndexOf((byte)'\\'))
        {
            text = text[(at + 1)..];
            if (text[0] != 'u')
            {
                text = text[1..];
                continue;
            }

            var unit = UnitAt(text[1..]);
            text = text[(1 + DigitsOfUnit)..];
            if (char.IsLowSurrogate(unit))
            {
                return false;
            }

            if (char.IsHighSurrogate(unit))
            {
                if (!text.StartsWith("\\u"u8) || !char.IsLowSurrogate(UnitAt(text[2..])))
                {
                    return false;
                }

                text = text[(2 + DigitsOfUnit)..];
            }
        }

        return true;
    }

    // The reader has seen that there are four digits.
    private static char UnitAt(ReadOnlySpan<byte> digits) =>
        (char)ushort.Parse(digits[..DigitsOfUnit], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
