namespace EventTriggers.Redis.Operations;

/// <summary>pause_trigger.lua: pauses a trigger, which keeps its due time.</summary>
internal sealed class PauseTriggerRequest : TriggerChangeRequest
{
    public override Script Script => Script.PauseTrigger;

    public override string What => "pause a trigger";
}
