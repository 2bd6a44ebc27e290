using System.Buffers.Text;
using EventTriggers.Diagnostics;
using RESPite.Messages;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>Reads a reply, with the lists inside it, from front to back without objects in between.</summary>
internal ref struct FlatReply
{
    // A sign and 19 digits.
    private const int LongestNumber = 20;

    private RespReader _reader;

    public FlatReply(RespResult reply)
    {
        _reader = reply.Read();
        Count = _reader.AggregateLength();
    }

    /// <summary>Gets the number of elements of the reply; a list inside it counts as one.</summary>
    public int Count { get; }

    /// <summary>Reads a number that a script has computed.</summary>
    public long NextInt64() => MoveNext() ? _reader.ReadInt64() : 0;

    /// <summary>
    /// Reads a value that must be a whole number but may have been written by something else. If it is not one, <see cref="Quote"/> quotes
    /// it.
    /// </summary>
    public bool TryNextInt64(out long number)
    {
        number = 0;
        if (!MoveNext() || _reader.ScalarLength() is not (> 0 and <= LongestNumber))
        {
            return false;
        }

        Span<byte> text = stackalloc byte[LongestNumber];
        var length = _reader.CopyTo(text);
        return Utf8Parser.TryParse(text[..length], out number, out var consumed) && consumed == length;
    }

    /// <summary>Quotes the current element, for a message.</summary>
    public readonly string Quote() => $"'{Excerpt.Of(_reader.ReadString())}'";

    /// <summary>Reads a count. A value beyond the range of an int becomes its nearest end.</summary>
    public int NextInt32() => (int)Math.Clamp(NextInt64(), 0, int.MaxValue);

    public string? NextString() => MoveNext() ? _reader.ReadString() : null;

    /// <summary>Reads a text that is likely to be the given one, for which no other string is allocated then.</summary>
    public string? NextString(string? likely) =>
        !MoveNext() ? null : likely is not null && _reader.Is(likely) ? likely : _reader.ReadString();

    public byte[] NextBytes() => MoveNext() ? Bytes() : [];

    /// <summary>Enters a list, whose elements come next.</summary>
    /// <returns>The number of its elements.</returns>
    public int NextList()
    {
        _reader.MoveNextAggregate();
        return _reader.AggregateLength();
    }

    /// <summary>Reads a list of fields and values; <see langword="null"/> if there is nothing in its place.</summary>
    public HashEntry[]? NextHash()
    {
        if (!MoveNext())
        {
            return null;
        }

        var fields = new HashEntry[_reader.AggregateLength() / 2];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = new HashEntry(NextBytes(), NextBytes());
        }

        return fields;
    }

    /// <summary>Moves to the next element, which <see cref="Is"/> compares.</summary>
    public void Next() => _reader.MoveNext();

    /// <summary>Gets the length of the current element, in bytes.</summary>
    public readonly int Length => _reader.ScalarLength();

    public readonly byte[] Bytes() => _reader.ReadByteArray() ?? [];

    public readonly int CopyTo(Span<byte> target) => _reader.CopyTo(target);

    /// <summary>Tells whether the current element is this text.</summary>
    public readonly bool Is(ReadOnlySpan<byte> text) => _reader.Is(text);

    private bool MoveNext()
    {
        _reader.MoveNext();
        return !_reader.IsNull;
    }
}
