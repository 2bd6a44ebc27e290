using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>meta.lua: reads what a partition was made with, and writes it where the partition is new.</summary>
internal sealed class MetaRequest : IScriptRequest<StoredMeta?>
{
    public Script Script => Script.Meta;

    public required Partition Partition { get; init; }

    /// <summary>Gets the version of keys and scripts.</summary>
    public required int Schema { get; init; }

    /// <summary>Gets the number of partitions.</summary>
    public required int Partitions { get; init; }

    /// <summary>Gets a value indicating whether a partition that holds nothing is made.</summary>
    public required bool Writes { get; init; }

    public void Write(ScriptCall call) =>
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Meta).Add(Schema).Add(Partitions).Add(Writes ? 1 : 0);

    public StoredMeta? Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 1)
        {
            RedisKeys.ThrowIfMisused(reader.NextString()!);
        }

        return reader.Count == 0 ? null : new StoredMeta(reader.NextString()!, reader.NextString()!);
    }
}
