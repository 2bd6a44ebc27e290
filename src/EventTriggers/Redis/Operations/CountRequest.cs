using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>count.lua: counts the deliveries of a group in one partition, and measures its lag.</summary>
internal sealed class CountRequest : IScriptRequest<DeliveryCounts>
{
    public Script Script => Script.Count;

    public required Partition Partition { get; init; }

    public required string Group { get; init; }

    /// <summary>Gets the most parked lists to count.</summary>
    public required int MaxParkedLists { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys.Of(Group);
        call.Key(Partition.Keys.Root).Key(keys.Ready).Key(keys.Delayed).Key(keys.Leased).Key(keys.Dead).Key(keys.Done).Key(keys.Quarantine)
            .Key(keys.Parked);
        call.Add(Group).Add(MaxParkedLists).Add(Now);
    }

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public DeliveryCounts Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 1)
        {
            RedisKeys.ThrowIfMisused(reader.NextString()!);
        }

        return new DeliveryCounts(
            reader.NextInt64(), reader.NextInt64(), reader.NextInt64(), reader.NextInt64(), reader.NextInt64(),
            TimeSpan.FromMilliseconds(reader.NextInt64()), reader.NextInt64(), reader.NextInt64());
    }
}
