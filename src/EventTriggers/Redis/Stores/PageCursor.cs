using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EventTriggers.Diagnostics;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// The text of a cursor: which query it belongs to, and the positions, each value after its length. Everything in it is checked when it
/// comes back, because it may come from a browser.
/// </summary>
internal static class PageCursor
{
    private const int CheckLength = 6;
    private const int LongestCursor = 100_000;
    private const int DeepestPlace = 10_000;
    private const string Parameter = "cursor";

    /// <summary>Writes a cursor.</summary>
    /// <param name="query">Which query it belongs to.</param>
    /// <param name="positions">Where the next page begins.</param>
    public static string Write(string query, PagePositions positions)
    {
        using var bytes = new MemoryStream();
        bytes.Write(CheckOf(query));
        Add(bytes, Encoding.UTF8.GetBytes(positions.Index.Source));
        Add(bytes, Encoding.UTF8.GetBytes(positions.Index.Score));
        Add(bytes, positions.Index.Member);
        if (positions.Lists.Any(static list => !list.IsDone))
        {
            foreach (var list in positions.Lists)
            {
                Add(bytes, Encoding.UTF8.GetBytes(list.List));
                Add(bytes, Encoding.UTF8.GetBytes(list.Place.ToString(CultureInfo.InvariantCulture)));
                Add(bytes, list.Entry);
            }
        }

        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <summary>Reads a cursor.</summary>
    /// <param name="query">Which query it must belong to.</param>
    /// <param name="cursor">The text.</param>
    /// <param name="partitions">The number of partitions.</param>
    /// <exception cref="ArgumentException">It is not a cursor of this query.</exception>
    public static PagePositions Read(string query, string cursor, int partitions)
    {
        byte[] bytes;
        try
        {
            bytes = cursor.Length <= LongestCursor ? Base64Url.DecodeFromChars(cursor) : [];
        }
        catch (FormatException)
        {
            throw Invalid(cursor);
        }

        if (bytes.Length < CheckLength)
        {
            throw Invalid(cursor);
        }

        return !bytes.AsSpan(0, CheckLength).SequenceEqual(CheckOf(query))
            ? throw new ArgumentException(
                $"The cursor '{Excerpt.Of(cursor, 40)}' belongs to another query; give the query whose page returned it.", Parameter)
            : Parse(ReadValues(bytes.AsSpan(CheckLength)), partitions) ?? throw Invalid(cursor);
    }

    private static PagePositions? Parse(List<byte[]>? values, int partitions)
    {
        const int OfIndex = 3, OfList = 3;
        if (values is null || (values.Count != OfIndex && values.Count != OfIndex + (OfList * partitions)))
        {
            return null;
        }

        var index = new IndexPosition(Encoding.UTF8.GetString(values[0]), Encoding.UTF8.GetString(values[1]), values[2]);
        var lists = Enumerable.Repeat(ListPosition.Done, partitions).ToArray();
        for (var i = OfIndex; i < values.Count; i += OfList)
        {
            if (!int.TryParse(Encoding.UTF8.GetString(values[i + 1]), NumberStyles.None, CultureInfo.InvariantCulture, out var place)
                || place > DeepestPlace)
            {
                return null;
            }

            lists[(i - OfIndex) / OfList] = new ListPosition(Encoding.UTF8.GetString(values[i]), place, values[i + 2]);
        }

        return IndexOrder.TryParse(index.Score, out _) ? new PagePositions(index, lists) : null;
    }

    private static List<byte[]>? ReadValues(ReadOnlySpan<byte> bytes)
    {
        var values = new List<byte[]>();
        while (bytes.Length > 0)
        {
            if (bytes.Length < sizeof(ushort) || BinaryPrimitives.ReadUInt16BigEndian(bytes) is var length
                && bytes.Length < sizeof(ushort) + length)
            {
                return null;
            }

            length = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            values.Add(bytes.Slice(sizeof(ushort), length).ToArray());
            bytes = bytes[(sizeof(ushort) + length)..];
        }

        return values;
    }

    // No member of an index is longer than an id.
    private static void Add(MemoryStream bytes, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)Math.Min(value.Length, ushort.MaxValue));
        bytes.Write(length);
        bytes.Write(value[..Math.Min(value.Length, ushort.MaxValue)]);
    }

    private static ReadOnlySpan<byte> CheckOf(string query) => SHA256.HashData(Encoding.UTF8.GetBytes(query)).AsSpan(0, CheckLength);

    private static ArgumentException Invalid(string cursor) =>
        new($"The cursor must be the one that the page before returned, but is '{Excerpt.Of(cursor, 40)}'.", Parameter);
}
