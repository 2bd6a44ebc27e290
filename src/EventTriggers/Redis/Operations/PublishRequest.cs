using EventTriggers.Events;
using EventTriggers.Redis.Publishing;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>publish.lua: accepts events. A publisher gives one request after another to the same object.</summary>
internal class PublishRequest : LaneRequest<PublishReply>
{
    public override Script Script => Script.Publish;

    public override string What => "publish";

    /// <summary>Gets how long an id that the caller chose is remembered, in ms.</summary>
    public required RedisValue DeduplicationMs { get; init; }

    /// <summary>Gets how many ready deliveries a group may have; empty for any number.</summary>
    public RedisValue MaxReady { get; init; } = RedisValue.EmptyString;

    /// <summary>Gets the events to publish. The publisher fills and clears it.</summary>
    public List<OutgoingEvent> Events { get; } = [];

    public override PublishReply Read(RespResult reply)
    {
        var scalar = reply.ReadScalar();
        return scalar.Is("ok"u8) ? PublishReply.AllAccepted : Parse(scalar.ReadString()!);
    }

    protected override void WriteOperation(ScriptCall call)
    {
        call.Add(DeduplicationMs).Add(MaxReady).Add(Events.Count);
        PublishArguments.AddKeys(call, Partition.Keys, Events);
        PublishArguments.AddEvents(call, Events);
    }

    protected override PublishReply Parse(string word) => PublishReply.Parse(word);
}
