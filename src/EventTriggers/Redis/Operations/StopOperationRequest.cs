namespace EventTriggers.Redis.Operations;

/// <summary>stop_operation.lua: stops a bulk operation in a partition.</summary>
internal sealed class StopOperationRequest : LaneRequest<StopOutcome>
{
    public override Script Script => Script.StopOperation;

    public override string What => "stop an operation";

    public required string Id { get; init; }

    /// <summary>Gets how long an ended operation is remembered.</summary>
    public required TimeSpan Age { get; init; }

    protected override void WriteOperation(ScriptCall call) =>
        call.Key(Partition.Keys.RunningOperations).Key(Partition.Keys.BulkOperation(Id)).Add(Id).Add((long)Age.TotalMilliseconds);

    protected override StopOutcome Parse(string word) => word switch
    {
        "stopped" => StopOutcome.Stopped,
        "ended" => StopOutcome.Ended,
        "not-found" => StopOutcome.NotFound,
        _ => throw Script.Unexpected(word),
    };
}
