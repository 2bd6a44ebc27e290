using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// shorten.lua: shortens leases of one group in one partition that end later than a lease can last. The reply is how many it shortened.
/// </summary>
internal sealed class ShortenRequest : IScriptRequest<int>
{
    public Script Script => Script.Shorten;

    public required Partition Partition { get; init; }

    public required string Group { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the longest that a lease lasts from now on.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets the most leases to shorten.</summary>
    public required int Limit { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Of(Group).Leased);
        call.Add(Now).Add((long)Duration.TotalMilliseconds).Add(Limit);
    }

    public int Read(RespResult reply) => (int)reply.ReadScalar().ReadInt64();
}
