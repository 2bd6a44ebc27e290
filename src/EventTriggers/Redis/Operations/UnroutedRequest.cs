using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>unrouted.lua: reads a page of the types that have events which no group takes.</summary>
internal sealed class UnroutedRequest : IScriptRequest<UnroutedType[]>
{
    private const int Words = 3;

    public Script Script => Script.Unrouted;

    public required Partition Partition { get; init; }

    /// <summary>Gets the rank of the first type, starting at 0.</summary>
    public required int From { get; init; }

    /// <summary>Gets how many types to read at most.</summary>
    public required int Count { get; init; }

    public void Write(ScriptCall call) => call.Key(Partition.Keys.Root).Key(Partition.Keys.UnroutedTypes).Add(From).Add(From + Count - 1);

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public UnroutedType[] Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 1)
        {
            RedisKeys.ThrowIfMisused(reader.NextString()!);
        }

        var types = new UnroutedType[reader.Count / Words];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = new UnroutedType { Type = reader.NextString()!, Since = UnixTime.ToDateTimeOffset(reader.NextInt64()),
                Count = reader.NextInt64() };
        }

        return types;
    }
}
