using RESPite.Messages;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Reads a flat list reply from front to back, without objects in between.</summary>
internal ref struct FlatReply
{
    private RespReader.AggregateEnumerator _children;

    public FlatReply(RespResult reply)
    {
        var reader = reply.Read();
        Count = reader.AggregateLength();
        _children = reader.AggregateChildren();
    }

    public int Count { get; }

    public long NextInt64() => MoveNext() ? _children.Value.ReadInt64() : 0;

    /// <summary>Reads a count. One that somebody has set beyond what an int holds stays at its largest.</summary>
    public int NextInt32() => (int)Math.Clamp(NextInt64(), 0, int.MaxValue);

    public string? NextString() => MoveNext() ? _children.Value.ReadString() : null;

    public byte[] NextBytes() => MoveNext() ? _children.Value.ReadByteArray() ?? [] : [];

    private bool MoveNext()
    {
        _children.DemandNext();
        return !_children.Value.IsNull;
    }
}
