namespace EventTriggers.Redis.Operations;

/// <summary>fire_trigger.lua: fires a trigger immediately.</summary>
internal sealed class FireTriggerRequest : TriggerChangeRequest
{
    public override Script Script => Script.FireTrigger;

    public override string What => "fire a trigger";

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    protected override void WriteOperation(ScriptCall call)
    {
        base.WriteOperation(call);
        call.Key(Partition.Keys.EndedTriggers);
        Retention.Write(call);
    }
}
