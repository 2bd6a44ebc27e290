using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>redrive.lua: makes a dead letter ready again.</summary>
internal sealed class RedriveRequest : LaneRequest<RedriveOutcome>
{
    public override Script Script => Script.Redrive;

    public override string What => "redrive an event";

    public required string Id { get; init; }

    /// <summary>Gets the group; <see langword="null"/> for every group in which the event is a dead letter.</summary>
    public string? Group { get; init; }

    protected override void WriteOperation(ScriptCall call) =>
        call.Key(Partition.Keys.Event(Id)).Add(Id).Add(Group ?? RedisValue.EmptyString);

    protected override RedriveOutcome Parse(string word) => word switch
    {
        "redriven" => RedriveOutcome.Redriven,
        "not-dead" => RedriveOutcome.NotDead,
        "not-found" => RedriveOutcome.NotFound,
        _ => throw Script.Unexpected(word),
    };
}
