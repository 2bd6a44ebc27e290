using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>stand_still.lua: lets a rate limit grant nothing for a while. The reply is 1, or 0 if its key holds something else.</summary>
internal sealed class StandStillRequest : RateLimitRequest, IScriptRequest<int>
{
    public Script Script => Script.StandStill;

    /// <summary>Gets how long.</summary>
    public required TimeSpan Duration { get; init; }

    public void Write(ScriptCall call) => WriteLimit(call).Add((long)Duration.TotalMicroseconds);

    public int Read(RespResult reply) => (int)reply.ReadScalar().ReadInt64();
}
