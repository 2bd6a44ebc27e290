namespace EventTriggers.Redis.Operations;

/// <summary>resume_trigger.lua: resumes a paused trigger.</summary>
internal sealed class ResumeTriggerRequest : TriggerChangeRequest
{
    public override Script Script => Script.ResumeTrigger;

    public override string What => "resume a trigger";
}
