using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// set_concurrency.lua: sets in one partition how many deliveries of a group all processes together handle at a time, or forgets that.
/// </summary>
internal sealed class SetConcurrencyRequest : LaneRequest<bool>
{
    public override Script Script => Script.SetConcurrency;

    public override string What => "set the concurrency of a group";

    public required string Group { get; init; }

    /// <summary>Gets how many; <see langword="null"/> for as many as each process is configured with.</summary>
    public required int? Concurrency { get; init; }

    /// <summary>Gets who asked for it; empty if that is not known.</summary>
    public required string By { get; init; }

    protected override void WriteOperation(ScriptCall call) =>
        call.Key(Partition.Keys.Concurrency).Add(Group).Add(Concurrency ?? RedisValue.EmptyString).Add(By);

    /// <returns>Whether anything was changed.</returns>
    protected override bool Parse(string word) => word switch
    {
        "done" => true,
        "unchanged" => false,
        _ => throw Script.Unexpected(word),
    };
}
