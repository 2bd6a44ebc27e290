using System.Text;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// Reads JSON numbers as decimals. A number that is too large becomes the largest decimal. A number that is too close to zero becomes the
/// smallest one, so that only zero equals zero.
/// </summary>
internal static class JsonNumber
{
    private const decimal Smallest = 0.0000000000000000000000000001m;

    /// <summary>Reads the number at which the reader stands.</summary>
    public static decimal Read(ref Utf8JsonReader reader) => reader.TryGetDecimal(out var number) ? KeepNonzero(number, reader.ValueSpan)
        : reader.ValueSpan[0] == '-' ? decimal.MinValue : decimal.MaxValue;

    /// <summary>Reads a number, unless it is too large for a decimal.</summary>
    public static bool TryRead(JsonElement element, out decimal number)
    {
        var has = element.TryGetDecimal(out number);
        number = has && number == 0 ? KeepNonzero(number, Encoding.ASCII.GetBytes(element.GetRawText())) : number;
        return has;
    }

    private static decimal KeepNonzero(decimal number, ReadOnlySpan<byte> text) =>
        number != 0 || IsZero(text) ? number : text[0] == '-' ? -Smallest : Smallest;

    private static bool IsZero(ReadOnlySpan<byte> text)
    {
        var exponent = text.IndexOfAny((byte)'e', (byte)'E');
        return !(exponent < 0 ? text : text[..exponent]).ContainsAnyInRange((byte)'1', (byte)'9');
    }
}
