using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>pause_group.lua: pauses a group in one partition, or resumes it.</summary>
internal sealed class PauseGroupRequest : LaneRequest<bool>
{
    public override Script Script => Script.PauseGroup;

    public override string What => Paused is null ? "resume a group" : "pause a group";

    public required string Group { get; init; }

    /// <summary>Gets when the pause ends, in unix ms; −1 for one without an end; <see langword="null"/> resumes.</summary>
    public required long? Paused { get; init; }

    /// <summary>Gets who asked for it; empty if that is not known.</summary>
    public string By { get; init; } = string.Empty;

    /// <summary>Gets why; empty if that is not known.</summary>
    public string Reason { get; init; } = string.Empty;

    protected override void WriteOperation(ScriptCall call) =>
        call.Key(Partition.Keys.Settings(Group)).Add(Group).Add(Paused ?? RedisValue.EmptyString).Add(By).Add(Reason);

    /// <returns>Whether anything was changed.</returns>
    protected override bool Parse(string word) => word switch
    {
        "done" => true,
        "unchanged" => false,
        _ => throw Script.Unexpected(word),
    };
}
