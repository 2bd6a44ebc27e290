using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>return_grants.lua: gives back grants of a rate limit for which nothing began. The reply is 1.</summary>
internal sealed class ReturnGrantsRequest : RateLimitRequest, IScriptRequest<int>
{
    public Script Script => Script.ReturnGrants;

    /// <summary>Gets how many are given back.</summary>
    public required int Grants { get; init; }

    /// <summary>Gets when they were taken, as the reply said.</summary>
    public required long Moment { get; init; }

    public void Write(ScriptCall call) => WriteLimit(call).Add(Grants).Add(Moment);

    public int Read(RespResult reply) => (int)reply.ReadScalar().ReadInt64();
}
