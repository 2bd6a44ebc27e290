namespace EventTriggers.Redis.Operations;

/// <summary>A call of a script that changes one stored trigger: pause, resume, reschedule, fire.</summary>
internal abstract class TriggerChangeRequest : LaneRequest<TriggerChange>
{
    public required string Id { get; init; }

    protected override void WriteOperation(ScriptCall call) => call.Key(Partition.Keys.Trigger(Id)).Key(Partition.Keys.Triggers).Add(Id);

    protected sealed override TriggerChange Parse(string word) => word switch
    {
        "done" => TriggerChange.Done,
        "ended" => TriggerChange.Ended,
        "not-found" => TriggerChange.NotFound,
        "untimed" => TriggerChange.Untimed,
        _ => throw Script.Unexpected(word),
    };
}
