using System.Buffers.Text;
using EventTriggers.Diagnostics;
using RESPite.Messages;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>Reads a reply from front to back, lists inside it as well, without objects in between.</summary>
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

    /// <summary>Gets how many elements the reply has; a list inside it is one.</summary>
    public int Count { get; }

    /// <summary>Reads a number that a script has made.</summary>
    public long NextInt64() => MoveNext() ? _reader.ReadInt64() : 0;

    /// <summary>Reads what must be a whole number, which anybody may have written. What is none stays the element that <see cref="Quote"/> quotes.</summary>
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

    /// <summary>Quotes the element that was passed, for a message.</summary>
    public readonly string Quote() => $"'{Excerpt.Of(_reader.ReadString())}'";

    /// <summary>Reads a count. One that somebody has set beyond what an int holds stays at its largest.</summary>
    public int NextInt32() => (int)Math.Clamp(NextInt64(), 0, int.MaxValue);

    public string? NextString() => MoveNext() ? _reader.ReadString() : null;

    /// <summary>Reads a text that is likely to be the given one: then no other string is made.</summary>
    public string? NextString(string? likely) => !MoveNext() ? null : likely is not null && _reader.Is(likely) ? likely : _reader.ReadString();

    public byte[] NextBytes() => MoveNext() ? Bytes() : [];

    /// <summary>Enters a list, whose elements come next.</summary>
    /// <returns>How many they are.</returns>
    public int NextList()
    {
        _reader.MoveNextAggregate();
        return _reader.AggregateLength();
    }

    /// <summary>Passes an element by, which <see cref="Is"/> then tells about.</summary>
    public void Next() => _reader.MoveNext();

    /// <summary>Gets how long the element that was passed is, in bytes.</summary>
    public readonly int Length => _reader.ScalarLength();

    public readonly byte[] Bytes() => _reader.ReadByteArray() ?? [];

    public readonly int CopyTo(Span<byte> target) => _reader.CopyTo(target);

    /// <summary>Tells whether the element that was passed is this text.</summary>
    public readonly bool Is(ReadOnlySpan<byte> text) => _reader.Is(text);

    private bool MoveNext()
    {
        _reader.MoveNext();
        return !_reader.IsNull;
    }
}
