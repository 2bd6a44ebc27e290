using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>unreceived.lua: gives back what one claim has leased in one group whose reply was lost.</summary>
internal sealed class UnreceivedRequest : IScriptRequest<UnreceivedReply>
{
    public Script Script => Script.Unreceived;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    public required string Group { get; init; }

    /// <summary>Gets the holder that the claim named.</summary>
    public required string Holder { get; init; }

    /// <summary>Gets the number of the claim.</summary>
    public required long Call { get; init; }

    /// <summary>Gets how many leases to pass over, the latest first.</summary>
    public required int Skip { get; init; }

    /// <summary>Gets the most leases to look at.</summary>
    public required int Limit { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys.Of(Group);
        call.Key(Partition.Keys.Root).Key(keys.Ready).Key(keys.Leased).Key(keys.Quarantine);
        call.Add(Now).Add(Partition.ServerChannel).Add(Group).Add(Holder).Add(Call).Add(Skip).Add(Limit);
    }

    public UnreceivedReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        return new UnreceivedReply(reader.NextInt32(), reader.NextInt32());
    }
}
