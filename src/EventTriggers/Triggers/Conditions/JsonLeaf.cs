using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>A string, number, boolean or null of an event, at a path that a pattern tests.</summary>
/// <param name="kind">The kind of the value.</param>
/// <param name="isText">
/// Whether the value is a valid Unicode string. An invalid string passes no test of its text; it merely exists.
/// </param>
/// <param name="text">The text of a valid string, without escapes.</param>
/// <param name="number">The value of a number.</param>
internal readonly ref struct JsonLeaf(JsonTokenType kind, bool isText, ReadOnlySpan<byte> text, decimal number)
{
    private const int MaxOnStack = 256;

    public JsonTokenType Kind => kind;

    /// <summary>Gets the text of a valid string, without escapes.</summary>
    public ReadOnlySpan<byte> Text { get; } = text;

    /// <summary>Gets the value of a number.</summary>
    public decimal Number => number;

    public bool IsText => isText;

    public bool IsNumber => kind == JsonTokenType.Number;

    /// <summary>Parses the text as an IP address. An IPv4 address becomes its IPv4-mapped IPv6 address.</summary>
    public bool TryGetAddress(out UInt128 address)
    {
        address = default;

        // The parser of .NET accepts more: fewer than four parts, octal parts, brackets and scopes. These are not addresses here.
        Span<char> chars = stackalloc char[45];
        if (!IsText
            || Text.Length is < 2 or > 45
            || Text.ContainsAny("[]%"u8)
            || !Ascii.IsValid(Text)
            || !IPAddress.TryParse(chars[..Encoding.ASCII.GetChars(Text, chars)], out var found))
        {
            return false;
        }

        if (found.AddressFamily == AddressFamily.InterNetwork && !Addresses.IsDottedQuad(Text))
        {
            return false;
        }

        address = Addresses.ToNumber(found);
        return true;
    }

    /// <summary>Passes the text to a function as UTF-16.</summary>
    public TResult As16<TState, TResult>(TState state, Func<TState, ReadOnlySpan<char>, TResult> look)
    {
        if (Text.Length <= MaxOnStack)
        {
            Span<char> few = stackalloc char[MaxOnStack];
            return look(state, few[..Encoding.UTF8.GetChars(Text, few)]);
        }

        var many = ArrayPool<char>.Shared.Rent(Text.Length);
        try
        {
            return look(state, many.AsSpan(0, Encoding.UTF8.GetChars(Text, many)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(many);
        }
    }
}
