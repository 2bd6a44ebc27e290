using EventTriggers.Consuming.RateLimits;

namespace EventTriggers.Redis.Operations;

/// <summary>set_rate_limit.lua: sets the numbers of a rate limit, or lets those hold again that processes know.</summary>
internal sealed class SetRateLimitRequest : LaneRequest<ChangeOutcome>
{
    public override Script Script => Script.SetRateLimit;

    public override string What => Limit is null ? "reset a limit" : "set a limit";

    /// <summary>Gets the name of the limit in Redis.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the numbers; <see langword="null"/> for those that processes know.</summary>
    public required LimitOptions? Limit { get; init; }

    /// <summary>Gets who asked for it; empty if that is not known.</summary>
    public required string By { get; init; }

    protected override void WriteOperation(ScriptCall call) =>
        call.Key(Partition.Keys.RateLimits).Add(Name).Add(Limit is null ? string.Empty : RateLimit.NumbersOf(Limit)).Add(By);

    protected override ChangeOutcome Parse(string word) => word switch
    {
        "done" => ChangeOutcome.Done,
        "not-found" => ChangeOutcome.NotFound,
        _ => throw Script.Unexpected(word),
    };
}
