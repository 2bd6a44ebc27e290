using System.Text;
using EventTriggers.Redis.Stores;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>page_triggers.lua: reads a page of the triggers of one partition.</summary>
internal sealed class PageTriggersRequest : IScriptRequest<PageReply<TriggerRecord>>
{
    private const int Head = 5;
    private const int Values = 4;

    public Script Script => Script.PageTriggers;

    public required Partition Partition { get; init; }

    public required TriggerFilter Filter { get; init; }

    public required PageSize Size { get; init; }

    /// <summary>Gets the entry after which the page begins.</summary>
    public required IndexPosition Position { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.Triggers).Key(keys.EndedTriggers).Key(keys.Tagged(Filter.Tag));
        call.Add(string.Join(' ', Filter.Sources));
        Size.Write(call);
        call.Add(Position.Source).Add(Position.Score).Add(Position.Member);
        Filter.WriteLast(call);
        Filter.Write(call);
    }

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public PageReply<TriggerRecord> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 1)
        {
            RedisKeys.ThrowIfMisused(reader.NextString()!);
        }

        var (examined, position, hasEnded) = (reader.NextInt32(), ReadPosition(ref reader), reader.NextInt32() > 0);
        var items = new PageItem<TriggerRecord>[(reader.Count - Head) / Values];
        for (var i = 0; i < items.Length; i++)
        {
            var at = ReadPosition(ref reader);
            var (id, hash) = (Encoding.UTF8.GetString(at.Member), reader.NextHash());
            items[i] = new PageItem<TriggerRecord>(null, at, hash is null ? TriggerHash.Foreign(id) : TriggerHash.Read(id, hash)!);
        }

        return new PageReply<TriggerRecord>(examined, false, ListPosition.Done, position, hasEnded, items);
    }

    private static IndexPosition ReadPosition(ref FlatReply reader) =>
        new(reader.NextString()!, reader.NextString()!, reader.NextBytes());
}
