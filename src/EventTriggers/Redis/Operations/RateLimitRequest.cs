using EventTriggers.Consuming.RateLimits;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>What the scripts of rate limits take alike.</summary>
internal abstract class RateLimitRequest
{
    /// <summary>Gets the limit.</summary>
    public required RateLimit Limit { get; init; }

    /// <summary>Gets the partition in which the limit is kept.</summary>
    public required Partition Home { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    protected ScriptCall WriteLimit(ScriptCall call) => call
        .Key(Home.Keys.Root).Key(Home.Keys.RateLimit(Limit.StoredName))
        .Add(Now).Add(Limit.Count).Add(Limit.PerMicroseconds).Add(Limit.Burst);
}
