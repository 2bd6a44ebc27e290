using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>reap.lua: takes expired leases of one group in one partition away.</summary>
internal sealed class ReapRequest : IScriptRequest<ReapReply>
{
    public Script Script => Script.Reap;

    public required Partition Partition { get; init; }

    public required string Group { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the number of crashes at which a delivery becomes a dead letter.</summary>
    public required int MaxCrashes { get; init; }

    /// <summary>Gets the most leases to take.</summary>
    public required int Limit { get; init; }

    /// <summary>Gets how long the partition may be silent before its leases are in doubt, in ms; then none is taken.</summary>
    public required RedisValue SilenceMs { get; init; }

    /// <summary>Gets how long the attempts of a delivery are kept.</summary>
    public required Retention DeadLetterRetention { get; init; }

    /// <summary>Gets the time, in unix ms, by which leases that are taken had expired.</summary>
    public required long ExpiredBy { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys.Of(Group);
        call.Key(Partition.Keys.Root).Key(keys.Ready).Key(keys.Leased).Key(keys.Dead).Key(keys.Ended).Key(keys.Quarantine);
        call.Add(Now).Add(Partition.ServerChannel).Add(Group).Add(MaxCrashes).Add(Limit).Add(SilenceMs).Add(ExpiredBy)
            .Add(DeadLetterRetention.AgeMs);
    }

    public ReapReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var ready = reader.NextInt32();
        var dead = new string[reader.Count - 1];
        for (var i = 0; i < dead.Length; i++)
        {
            dead[i] = reader.NextString()!;
        }

        return new ReapReply(ready, dead);
    }
}
