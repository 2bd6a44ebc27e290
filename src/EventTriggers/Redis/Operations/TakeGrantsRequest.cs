using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>take_grants.lua: takes grants of a rate limit.</summary>
internal sealed class TakeGrantsRequest : RateLimitRequest, IScriptRequest<GrantsReply>
{
    public Script Script => Script.TakeGrants;

    /// <summary>Gets the group that asks.</summary>
    public required string Group { get; init; }

    /// <summary>Gets the most grants to take.</summary>
    public required int Asked { get; init; }

    public void Write(ScriptCall call) => WriteLimit(call).Add(Asked).Add(Group);

    public GrantsReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        return new GrantsReply(reader.NextInt32(), reader.NextInt64(), reader.NextInt64());
    }
}
