using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventTriggers.Events;

/// <summary>Makes ids: short, because each is stored twice, and in the order in which they were made, to the millisecond.</summary>
internal static class IdGenerator
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // What a half of 64 bits needs.
    private const int HalfLength = 11;

    // Random bytes of a call to the system are for a hundred ids: one call each took longer than everything else about publishing.
    private const int RandomLength = 10;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    /// <summary>Makes one: 48 bits of unix ms and 80 random bits, as 22 digits and letters.</summary>
    public static string Next() => string.Create(2 * HalfLength, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), static (text, ms) =>
    {
        var random = Random();
        Write(text[..HalfLength], ((ulong)ms << 16) | BinaryPrimitives.ReadUInt16BigEndian(random));
        Write(text[HalfLength..], BinaryPrimitives.ReadUInt64BigEndian(random[2..]));
    });

    private static ReadOnlySpan<byte> Random()
    {
        _random ??= new byte[100 * RandomLength];
        if (_used == 0)
        {
            RandomNumberGenerator.Fill(_random);
        }

        var random = _random.AsSpan(_used, RandomLength);
        _used = (_used + RandomLength) % _random.Length;
        return random;
    }

    private static void Write(Span<char> text, ulong number)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            (number, var digit) = Math.DivRem(number, (ulong)Digits.Length);
            text[i] = Digits[(int)digit];
        }
    }
}
