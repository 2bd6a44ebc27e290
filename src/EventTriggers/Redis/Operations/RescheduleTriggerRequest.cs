namespace EventTriggers.Redis.Operations;

/// <summary>reschedule_trigger.lua: moves a trigger to another due time.</summary>
internal sealed class RescheduleTriggerRequest : TriggerChangeRequest
{
    public override Script Script => Script.RescheduleTrigger;

    public override string What => "reschedule a trigger";

    /// <summary>Gets when the trigger is due, in unix ms.</summary>
    public required long DueMs { get; init; }

    protected override void WriteOperation(ScriptCall call)
    {
        base.WriteOperation(call);
        call.Add(DueMs);
    }
}
