using System.Buffers.Binary;
using System.Security.Cryptography;
using EventTriggers.Redis;

namespace EventTriggers.Events;

/// <summary>Generates ids. They are short, because each is stored twice, and sorted by time of creation, to the millisecond.</summary>
internal static class IdGenerator
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // The number of digits of a 64-bit half.
    private const int HalfLength = 11;

    // One system call provides the random bytes of a hundred ids. A call per id took longer than everything else in publishing.
    private const int RandomLength = 10;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    /// <summary>Generates an id of 48 bits of unix ms and 80 random bits, as 22 digits and letters.</summary>
    public static string Next()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        return string.Create(2 * HalfLength, now, static (text, ms) => Fill(text, ms));
    }

    /// <summary>Generates such an id that lives in a partition; the random bits are fewer by as many as choose one of them.</summary>
    public static string Next(int partition, int partitions)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        return string.Create(2 * HalfLength, (now, partition, partitions), static (text, state) =>
        {
            do
            {
                Fill(text, state.now);
            }
            while (!Routing.TryMove(text, state.partition, state.partitions, Digits));
        });
    }

    private static void Fill(Span<char> text, long ms)
    {
        var random = Random();
        Write(text[..HalfLength], ((ulong)ms << 16) | BinaryPrimitives.ReadUInt16BigEndian(random));
        Write(text[HalfLength..], BinaryPrimitives.ReadUInt64BigEndian(random[2..]));
    }

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
