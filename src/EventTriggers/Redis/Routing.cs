using System.Text;

namespace EventTriggers.Redis;

/// <summary>
/// Decides in which partition an id lives, and by how much jitter delays a trigger. It is part of the stored format and never changes
/// within a schema version.
/// </summary>
internal static class Routing
{
    /// <summary>Gets the part of an id that decides: the part before the first '/'.</summary>
    public static ReadOnlySpan<char> KeyOf(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? id : id.AsSpan(0, slash);
    }

    public static int PartitionOf(string id, int partitions) => partitions == 1 ? 0 : (int)(Hash(KeyOf(id)) % (uint)partitions);

    /// <summary>Gets a number from 0 to the given one, always the same for the same id.</summary>
    public static long Spread(string id, long most) => (long)((UInt128)Hash(id) * (ulong)(most + 1) >> 32);

    // 32-bit FNV-1a over UTF-8, mixed once more because FNV's low bits are weak for short keys (finalizer of MurmurHash3).
    private static uint Hash(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(key.Length)];
        var hash = 2166136261u;
        foreach (var b in bytes[..Encoding.UTF8.GetBytes(key, bytes)])
        {
            hash = (hash ^ b) * 16777619u;
        }

        hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
        return hash ^ (hash >> 16);
    }
}
