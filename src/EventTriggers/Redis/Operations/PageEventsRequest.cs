using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>page_events.lua: reads a page of the deliveries of a group in one partition.</summary>
internal sealed class PageEventsRequest : IScriptRequest<PageReply<EventRecord>>
{
    public Script Script => Script.PageEvents;

    public required Partition Partition { get; init; }

    public required EventFilter Filter { get; init; }

    public required PageSize Size { get; init; }

    /// <summary>Gets the entry of a list after which the page begins.</summary>
    public required ListPosition List { get; init; }

    /// <summary>Gets the entry of a sorted set after which the page begins.</summary>
    public required IndexPosition Position { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys.Of(Filter.Group);
        call.Key(Partition.Keys.Root).Key(keys.Ready).Key(keys.Quarantine).Key(keys.Parked).Key(keys.Delayed).Key(keys.Leased)
            .Key(keys.Done).Key(keys.Dead).Key(keys.Ended);
        Filter.WriteSources(call);
        Size.Write(call);
        List.Write(call);
        call.Add(Position.Score).Add(Position.Member);
        Filter.Write(call);
    }

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public PageReply<EventRecord> Read(RespResult reply) => EventPageReader.Read(reply);
}
