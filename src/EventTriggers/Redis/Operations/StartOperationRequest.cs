using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>start_operation.lua: begins a bulk operation in a partition.</summary>
internal sealed class StartOperationRequest : LaneRequest<bool>
{
    public override Script Script => Script.StartOperation;

    public override string What => "begin an operation";

    public required string Id { get; init; }

    /// <summary>Gets the fields of its hash.</summary>
    public required IReadOnlyList<(string Field, RedisValue Value)> Fields { get; init; }

    protected override void WriteOperation(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.BulkOperations).Key(keys.RunningOperations).Key(keys.BulkOperation(Id)).Add(Id);
        foreach (var (field, value) in Fields)
        {
            call.Add(field).Add(value);
        }
    }

    /// <returns>Whether it has begun now, or had begun before; false if another operation has the id.</returns>
    protected override bool Parse(string word) => word switch
    {
        "started" or "exists" => true,
        "other" => false,
        _ => throw Script.Unexpected(word),
    };
}
