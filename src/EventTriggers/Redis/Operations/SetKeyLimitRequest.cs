using EventTriggers.Consuming.RateLimits;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// set_key_limit.lua: sets in one partition the numbers of the limit by key of a group, or lets those hold again that hosts ask for.
/// </summary>
internal sealed class SetKeyLimitRequest : LaneRequest<ChangeOutcome>
{
    public override Script Script => Script.SetKeyLimit;

    public override string What => Limit is null ? "reset a limit by key" : "set a limit by key";

    public required string Group { get; init; }

    /// <summary>Gets the numbers; <see langword="null"/> for those that hosts ask for.</summary>
    public required LimitOptions? Limit { get; init; }

    /// <summary>Gets who asked for it; empty if that is not known.</summary>
    public required string By { get; init; }

    /// <summary>Gets a value indicating whether another partition knows of the limit.</summary>
    public bool IsKnown { get; init; }

    protected override void WriteOperation(ScriptCall call) =>
        call.Key(Partition.Keys.Settings(Group)).Add(Group).Add(Limit is null ? string.Empty : RateLimit.NumbersOf(Limit)).Add(By)
            .Add(IsKnown ? 1 : 0);

    protected override ChangeOutcome Parse(string word) => word switch
    {
        "done" => ChangeOutcome.Done,
        "not-found" => ChangeOutcome.NotFound,
        _ => throw Script.Unexpected(word),
    };
}
