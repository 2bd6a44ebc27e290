using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>page_unrouted.lua: reads a page of the events of one partition that neither a group nor a trigger has taken.</summary>
internal sealed class PageUnroutedRequest : IScriptRequest<PageReply<EventRecord>>
{
    public Script Script => Script.PageUnrouted;

    public required Partition Partition { get; init; }

    /// <summary>Gets the wire name; empty for every type.</summary>
    public required string Type { get; init; }

    public required PageSize Size { get; init; }

    /// <summary>Gets the entry after which the page begins.</summary>
    public required ListPosition List { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.UnroutedTypes).Add(Type);
        Size.Write(call);
        List.Write(call);
    }

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public PageReply<EventRecord> Read(RespResult reply) => EventPageReader.Read(reply);
}
