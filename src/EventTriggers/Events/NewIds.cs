using System.Buffers.Binary;

namespace EventTriggers;

/// <summary>Makes ids: short, because each is stored twice, and in the order in which they were made, to the millisecond.</summary>
internal static class NewIds
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // What a half of 64 bits needs.
    private const int HalfLength = 11;

    /// <summary>Makes one: a version 7 UUID as 22 digits and letters, where its usual form has 32.</summary>
    public static string Next() => string.Create(2 * HalfLength, Guid.CreateVersion7(), static (text, id) =>
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        Write(text[..HalfLength], BinaryPrimitives.ReadUInt64BigEndian(bytes));
        Write(text[HalfLength..], BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    });

    private static void Write(Span<char> text, ulong number)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            (number, var digit) = Math.DivRem(number, (ulong)Digits.Length);
            text[i] = Digits[(int)digit];
        }
    }
}
