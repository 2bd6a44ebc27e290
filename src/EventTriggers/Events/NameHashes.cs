using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace EventTriggers.Events;

/// <summary>
/// Holds hashes of the names in the open objects while JSON is read. The process seeds the hashes, so a publisher cannot choose names that
/// collide.
/// </summary>
internal ref struct NameHashes
{
    // Up to this count, hashes are compared one by one.
    private const int Few = 8;

    private Starts _starts;
    private Hashes _first;
    private int[]? _more;
    private int _depth;
    private int _count;

    public void Open() => _starts[_depth++] = _count;

    public void Add(ref Utf8JsonReader reader)
    {
        var hash = default(HashCode);
        hash.AddBytes(reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(MemberName.Read(ref reader)) : reader.ValueSpan);
        if (_count == All.Length)
        {
            Grow();
        }

        All[_count++] = hash.ToHashCode();
    }

    /// <summary>Closes the object that was opened last.</summary>
    /// <returns>Whether two of its names have the same hash.</returns>
    public bool Close()
    {
        var start = _starts[--_depth];
        var hashes = All[start.._count];
        _count = start;
        return hashes.Length > Few ? HasTwins(hashes) : HasTwinsAmongFew(hashes);
    }

    public void Dispose()
    {
        if (_more is not null)
        {
            ArrayPool<int>.Shared.Return(_more);
        }
    }

    [UnscopedRef]
    private Span<int> All => _more is null ? _first : _more;

    private static bool HasTwinsAmongFew(ReadOnlySpan<int> hashes)
    {
        for (var i = 1; i < hashes.Length; i++)
        {
            if (hashes[..i].Contains(hashes[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasTwins(Span<int> hashes)
    {
        hashes.Sort();
        for (var i = 1; i < hashes.Length; i++)
        {
            if (hashes[i] == hashes[i - 1])
            {
                return true;
            }
        }

        return false;
    }

    private void Grow()
    {
        var larger = ArrayPool<int>.Shared.Rent(2 * All.Length);
        All.CopyTo(larger);
        if (_more is not null)
        {
            ArrayPool<int>.Shared.Return(_more);
        }

        _more = larger;
    }

    // The maximum depth of a reader.
    [InlineArray(64)]
    private struct Starts
    {
        private int _item;
    }

    [InlineArray(64)]
    private struct Hashes
    {
        private int _item;
    }
}
