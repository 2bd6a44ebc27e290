namespace EventTriggers.Redis.Operations;

/// <summary>settle_keyed.lua: records deliveries of events with keys that were handled at their first claim, with nothing else to say of
/// them.</summary>
internal sealed class SettleKeyedRequest(Partition partition, string group)
    : OutcomesRequest(partition, group, static keys => [keys.Leased, keys.Done])
{
    public override Script Script => Script.SettleKeyed;

    public override void Write(ScriptCall call)
    {
        AddKeys(call);
        call.Add(Now).Add(Group);
        ProcessedRetention.Write(call);
        call.Add(Partition.ServerChannel);
    }
}
