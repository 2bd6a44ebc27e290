namespace EventTriggers.Redis.Operations;

/// <summary>remove_group.lua: one step of the removal of a group in one partition.</summary>
internal sealed class RemoveGroupRequest : LaneRequest<RemovalStep>
{
    public override Script Script => Script.RemoveGroup;

    public override string What => Type.Length > 0 ? "unsubscribe a group" : "remove a group";

    public required string Group { get; init; }

    /// <summary>Gets the type of which alone it is unsubscribed; empty to remove the group.</summary>
    public required string Type { get; init; }

    /// <summary>Gets a value indicating whether it is removed although consumers handle its types.</summary>
    public required bool Force { get; init; }

    /// <summary>Gets the number of entries to remove in this step.</summary>
    public required int Most { get; init; }

    protected override void WriteOperation(ScriptCall call)
    {
        var keys = Partition.Keys.Of(Group);
        call.Key(keys.Ready).Key(keys.Quarantine).Key(keys.Delayed).Key(keys.Leased).Key(keys.Done).Key(keys.Dead).Key(keys.Ended)
            .Key(keys.Waiting).Key(keys.Parked).Add(Group).Add(Force ? "1" : string.Empty).Add(Most).Add(Type);
    }

    protected override RemovalStep Parse(string word) => RemovalStep.Parse(Script, word);
}
