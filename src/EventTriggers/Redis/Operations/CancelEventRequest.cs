namespace EventTriggers.Redis.Operations;

/// <summary>cancel_event.lua: cancels an event in every group that has not handled it.</summary>
internal sealed class CancelEventRequest : LaneRequest<CancelReply>
{
    public override Script Script => Script.CancelEvent;

    public override string What => "cancel an event";

    public required string Id { get; init; }

    protected override void WriteOperation(ScriptCall call) => call.Key(Partition.Keys.Event(Id)).Key(Partition.Keys.Seen(Id)).Add(Id);

    protected override CancelReply Parse(string word) => CancelReply.Parse(Script, word);
}
