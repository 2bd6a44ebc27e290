namespace EventTriggers.Redis.Operations;

/// <summary>settle_plain.lua: records deliveries that were handled at their first claim, with nothing else to say of them.</summary>
internal sealed class SettlePlainRequest(Partition partition, string group)
    : OutcomesRequest(partition, group, static keys => [keys.Leased, keys.Done])
{
    public override Script Script => Script.SettlePlain;

    public override void Write(ScriptCall call)
    {
        AddKeys(call);
        call.Add(Now).Add(Group);
        ProcessedRetention.Write(call);
    }
}
