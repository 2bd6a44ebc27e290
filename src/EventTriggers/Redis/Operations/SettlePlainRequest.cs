using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>settle_plain.lua: records deliveries that were handled at their first claim, with nothing else to say of them.</summary>
internal sealed class SettlePlainRequest : OutcomesRequest
{
    private readonly RedisKey[] _keys;

    public SettlePlainRequest(Partition partition, string group)
        : base(partition, group)
    {
        var keys = partition.Keys.Of(group);
        _keys = [partition.Keys.Root, keys.Leased, keys.Done];
    }

    public override Script Script => Script.SettlePlain;

    public override void Write(ScriptCall call)
    {
        AddKeys(call, _keys);
        call.Add(Now).Add(Group);
        ProcessedRetention.Write(call);
    }
}
