using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>fire_trigger.lua: fires a trigger immediately.</summary>
internal sealed class FireTriggerRequest : TriggerChangeRequest
{
    public override Script Script => Script.FireTrigger;

    public override string What => "fire a trigger";

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    /// <summary>Gets the context of the span that fires it; <see langword="null"/> for that in which it was added.</summary>
    public string? Trace { get; init; }

    protected override void WriteOperation(ScriptCall call)
    {
        base.WriteOperation(call);
        call.Key(Partition.Keys.EndedTriggers);
        Retention.Write(call);
        call.Add(Trace ?? RedisValue.EmptyString);
    }
}
