using System.Text;
using EventTriggers.Redis.Stores;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>Reads the replies of page_events.lua and page_unrouted.lua.</summary>
internal static class EventPageReader
{
    private const int Head = 8;
    private const int Values = 5;

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public static PageReply<EventRecord> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 1)
        {
            RedisKeys.ThrowIfMisused(reader.NextString()!);
        }

        var (examined, isTruncated) = (reader.NextInt32(), reader.NextInt32() > 0);
        var list = new ListPosition(reader.NextString()!, reader.NextInt32(), reader.NextBytes());
        var position = new IndexPosition(string.Empty, reader.NextString()!, reader.NextBytes());
        var hasEnded = reader.NextInt32() > 0;
        var items = new PageItem<EventRecord>[(reader.Count - Head) / Values];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadItem(ref reader);
        }

        return new PageReply<EventRecord>(examined, isTruncated, list, position, hasEnded, items);
    }

    private static PageItem<EventRecord> ReadItem(ref FlatReply reader)
    {
        var (name, place, rank, entry) = (reader.NextString()!, reader.NextInt32(), reader.NextString()!, reader.NextBytes());
        ListPosition? list = name.Length > 0 ? new ListPosition(name, place, entry) : null;

        // A lease of a later claim is called 'id#claim'.
        var id = Encoding.UTF8.GetString(entry).Split('#')[0];
        var record = reader.NextHash() is { } hash ? EventHash.Read(id, hash)! : EventHash.Foreign(id);
        return new PageItem<EventRecord>(list, new IndexPosition(string.Empty, rank, entry), record);
    }
}
