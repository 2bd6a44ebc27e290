using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>discard_event.lua: gives up a dead letter.</summary>
internal sealed class DiscardEventRequest : LaneRequest<DiscardOutcome>
{
    public override Script Script => Script.DiscardEvent;

    public override string What => "discard an event";

    public required string Id { get; init; }

    /// <summary>Gets the group; <see langword="null"/> for every group in which the event is a dead letter.</summary>
    public string? Group { get; init; }

    protected override void WriteOperation(ScriptCall call) =>
        call.Key(Partition.Keys.Event(Id)).Add(Id).Add(Group ?? RedisValue.EmptyString);

    protected override DiscardOutcome Parse(string word) => word switch
    {
        "discarded" => DiscardOutcome.Discarded,
        "not-dead" => DiscardOutcome.NotDead,
        "not-found" => DiscardOutcome.NotFound,
        _ => throw Script.Unexpected(word),
    };
}
