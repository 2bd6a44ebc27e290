using System.Text;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Numbers of JSON as they are compared: decimals, and what is too large or too small for one as the largest and the smallest, so that nothing that is not zero is taken for it.</summary>
internal static class JsonNumber
{
    private const decimal Smallest = 0.0000000000000000000000000001m;

    /// <summary>Reads the number that a reader is at.</summary>
    public static decimal Of(ref Utf8JsonReader reader) => reader.TryGetDecimal(out var number) ? Of(number, reader.ValueSpan)
        : reader.ValueSpan[0] == '-' ? decimal.MinValue : decimal.MaxValue;

    /// <summary>Reads a number, unless it is too large.</summary>
    public static bool TryRead(JsonElement element, out decimal number)
    {
        var has = element.TryGetDecimal(out number);
        number = has && number == 0 ? Of(number, Encoding.ASCII.GetBytes(element.GetRawText())) : number;
        return has;
    }

    private static decimal Of(decimal number, ReadOnlySpan<byte> text) => number != 0 || IsZero(text) ? number : text[0] == '-' ? -Smallest : Smallest;

    private static bool IsZero(ReadOnlySpan<byte> text)
    {
        var exponent = text.IndexOfAny((byte)'e', (byte)'E');
        return !(exponent < 0 ? text : text[..exponent]).ContainsAnyInRange((byte)'1', (byte)'9');
    }
}
