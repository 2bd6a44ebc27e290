using System.Text;

namespace EventTriggers.Redis;

/// <summary>
/// Decides in which partition an id lives, and by how much jitter delays a trigger. It is part of the stored format and never changes
/// within a schema version.
/// </summary>
internal static class Routing
{
    // Where FNV begins.
    private const uint Offset = 2166136261u;

    /// <summary>Gets the part of an id that decides: the part before the first '/'.</summary>
    public static ReadOnlySpan<char> KeyOf(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? id : id.AsSpan(0, slash);
    }

    public static int PartitionOf(string id, int partitions) => partitions == 1 ? 0 : (int)(Hash(KeyOf(id)) % (uint)partitions);

    /// <summary>Gets a number from 0 to the given one, always the same for the same id.</summary>
    public static long Spread(string id, long most) => (long)((UInt128)Hash(id) * (ulong)(most + 1) >> 32);

    /// <summary>
    /// Changes the last two characters of an id until it lives in a partition, beginning with those that it has.
    /// </summary>
    /// <param name="id">The id: letters and digits of ASCII.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="partitions">How many there are.</param>
    /// <param name="alphabet">What the two characters are taken from.</param>
    /// <returns><see langword="false"/> if no two characters lead to the partition, as may happen where there are many.</returns>
    public static bool TryMove(Span<char> id, int partition, int partitions, ReadOnlySpan<char> alphabet)
    {
        var before = Offset;
        foreach (var c in id[..^2])
        {
            before = Add(before, (byte)c);
        }

        var (first, second) = (alphabet.IndexOf(id[^2]), alphabet.IndexOf(id[^1]));
        for (var n = 0; n < alphabet.Length * alphabet.Length; n++)
        {
            var (x, y) = (alphabet[(first + n / alphabet.Length) % alphabet.Length], alphabet[(second + n) % alphabet.Length]);
            if (Mix(Add(Add(before, (byte)x), (byte)y)) % (uint)partitions == (uint)partition)
            {
                (id[^2], id[^1]) = (x, y);
                return true;
            }
        }

        return false;
    }

    /// <summary>Mixes the bits of a number: the finalizer of MurmurHash3.</summary>
    public static uint Mix(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
        return hash ^ (hash >> 16);
    }

    // 32-bit FNV-1a over UTF-8, mixed once more because FNV's low bits are weak for short keys.
    private static uint Hash(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(key.Length)];
        var hash = Offset;
        foreach (var b in bytes[..Encoding.UTF8.GetBytes(key, bytes)])
        {
            hash = Add(hash, b);
        }

        return Mix(hash);
    }

    private static uint Add(uint hash, byte b) => (hash ^ b) * 16777619u;
}
