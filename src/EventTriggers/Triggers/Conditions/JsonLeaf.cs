using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>A string, number, boolean or null of an event, at a path that some pattern asks about.</summary>
/// <param name="kind">What it is.</param>
/// <param name="isText">Whether it is a string of Unicode. One that is not equals nothing, begins with nothing, and is no address; it is only there.</param>
/// <param name="text">The text of such a string, without escapes.</param>
/// <param name="number">The value of a number.</param>
internal readonly ref struct JsonLeaf(JsonTokenType kind, bool isText, ReadOnlySpan<byte> text, decimal number)
{
    private const int MostOnStack = 256;

    public JsonTokenType Kind => kind;

    /// <summary>Gets the text of a string, without escapes.</summary>
    public ReadOnlySpan<byte> Text { get; } = text;

    /// <summary>Gets the value of a number.</summary>
    public decimal Number => number;

    public bool IsText => isText;

    public bool IsNumber => kind == JsonTokenType.Number;

    /// <summary>Reads the text as an address; IPv4 in the form that IPv6 has for it.</summary>
    public bool TryGetAddress(out UInt128 address)
    {
        address = default;

        // What else the parser knows, such as fewer than four parts, octal parts, brackets and scopes, is no address here.
        Span<char> chars = stackalloc char[45];
        if (!IsText || Text.Length is < 2 or > 45 || Text.ContainsAny("[]%"u8) || !Ascii.IsValid(Text) || !IPAddress.TryParse(chars[..Encoding.ASCII.GetChars(Text, chars)], out var found))
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

    /// <summary>Looks at the text as UTF-16.</summary>
    public TResult As16<TState, TResult>(TState state, Func<TState, ReadOnlySpan<char>, TResult> look)
    {
        if (Text.Length <= MostOnStack)
        {
            Span<char> few = stackalloc char[MostOnStack];
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
