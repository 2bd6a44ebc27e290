using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// Compares names and texts of payloads, in the same way for the whole library. A text that is not valid Unicode, such as half an emoji,
/// equals nothing; it merely exists. No method throws, because a publisher of such texts must not cost others even an exception.
/// </summary>
internal static class PayloadText
{
    private const int MaxOnStack = 256;
    private const int DigitsOfUnit = 4;

    /// <summary>Determines whether the name or string at which the reader stands is valid Unicode.</summary>
    public static bool IsUnicode(ref readonly Utf8JsonReader reader) =>
        Utf8.IsValid(reader.ValueSpan) && (!reader.ValueIsEscaped || HasWholeEscapes(reader.ValueSpan));

    /// <summary>Looks up the name at which the reader stands.</summary>
    public static bool TryFind<TValue>(
        Dictionary<byte[], TValue> names, ref readonly Utf8JsonReader reader, [MaybeNullWhen(false)] out TValue found)
    {
        // The names in the dictionary are valid Unicode, so invalid bytes never equal one.
        var known = names.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!reader.ValueIsEscaped)
        {
            return known.TryGetValue(reader.ValueSpan, out found);
        }

        found = default;
        Span<byte> name = reader.ValueSpan.Length <= MaxOnStack ? stackalloc byte[MaxOnStack] : new byte[reader.ValueSpan.Length];
        return IsUnicode(in reader) && known.TryGetValue(name[..reader.CopyString(name)], out found);
    }

    /// <summary>Creates a dictionary for <see cref="TryFind"/>.</summary>
    public static Dictionary<byte[], TValue> NewNames<TValue>() => new(Utf8Comparer.Instance);

    public static byte[] NameOf(string name) => Encoding.UTF8.GetBytes(name);

    // The other half of an escaped surrogate must follow at once.
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

    // The reader has checked that there are four digits.
    private static char UnitAt(ReadOnlySpan<byte> digits) =>
        (char)ushort.Parse(digits[..DigitsOfUnit], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
