using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Converts IP addresses to numbers, so that a network is a range of numbers.</summary>
internal static class Addresses
{
    private const int Bits = 128;
    private const int BitsOfIPv4 = 32;

    public static UInt128 ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[Bits / 8];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>Parses a network such as <c>10.0.0.0/8</c> or <c>2001:db8::/32</c>. Bits beyond the prefix may be set.</summary>
    public static bool TryParseNetwork(string text, out UInt128 first, out UInt128 last)
    {
        (first, last) = (default, default);
        if (text.Split('/') is not [var network, var length]
            || !IPAddress.TryParse(network, out var address)
            || network.AsSpan().ContainsAny("[]%"))
        {
            return false;
        }

        var isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        var bits = isIPv4 ? BitsOfIPv4 : Bits;
        if ((isIPv4 && !IsDottedQuad(Encoding.ASCII.GetBytes(network)))
            || !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
            || prefix > bits)
        {
            return false;
        }

        var open = bits - prefix;
        var rest = open == Bits ? UInt128.MaxValue : (UInt128.One << open) - 1;
        first = ToNumber(address) & ~rest;
        last = first | rest;
        return true;
    }

    /// <summary>Determines whether a text consists of four decimal parts without leading zeros.</summary>
    public static bool IsDottedQuad(ReadOnlySpan<byte> text)
    {
        var (dots, digits) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '.')
            {
                (dots, digits) = (dots + 1, 0);
            }
            else if (!char.IsAsciiDigit((char)text[i]) || (++digits == 2 && text[i - 1] == '0'))
            {
                return false;
            }
        }

        return dots == 3;
    }
}
