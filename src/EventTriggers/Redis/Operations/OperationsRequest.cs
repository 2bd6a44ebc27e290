using EventTriggers.Redis.Stores;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>operations.lua: reads the bulk operations of a partition.</summary>
internal sealed class OperationsRequest : IScriptRequest<IReadOnlyList<OperationRecord>>
{
    public Script Script => Script.Operations;

    public required Partition Partition { get; init; }

    /// <summary>Gets the operation; <see langword="null"/> for all.</summary>
    public string? Id { get; init; }

    /// <summary>Gets the most operations to read.</summary>
    public required int Most { get; init; }

    public void Write(ScriptCall call) =>
        call.Key(Partition.Keys.Root).Key(Partition.Keys.BulkOperations).Add(Id ?? RedisValue.EmptyString).Add(Most);

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public IReadOnlyList<OperationRecord> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 1)
        {
            RedisKeys.ThrowIfMisused(reader.NextString()!);
        }

        var operations = new OperationRecord[reader.Count / 2];
        for (var i = 0; i < operations.Length; i++)
        {
            operations[i] = OperationHash.Read(reader.NextString()!, reader.NextHash()!);
        }

        return operations;
    }
}
