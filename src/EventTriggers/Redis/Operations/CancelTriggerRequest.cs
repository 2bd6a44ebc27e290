using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>cancel_trigger.lua: cancels a trigger, which then never fires.</summary>
internal sealed class CancelTriggerRequest : LaneRequest<CancelReply>
{
    public override Script Script => Script.CancelTrigger;

    public override string What => "cancel a trigger";

    public required string Id { get; init; }

    /// <summary>Gets which trigger with this id is meant; <see langword="null"/> for any.</summary>
    public string? Version { get; init; }

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    protected override void WriteOperation(ScriptCall call)
    {
        call.Key(Partition.Keys.Trigger(Id)).Key(Partition.Keys.Triggers).Key(Partition.Keys.EndedTriggers);
        call.Add(Id);
        Retention.Write(call);
        call.Add(Version ?? RedisValue.EmptyString);
    }

    protected override CancelReply Parse(string word) => CancelReply.Parse(Script, word);
}
