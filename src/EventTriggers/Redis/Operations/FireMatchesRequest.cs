using EventTriggers.Events;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>fire_matches.lua: fires triggers of one partition for an event that they matched.</summary>
internal sealed class FireMatchesRequest : IScriptRequest<MatchReply[]>
{
    public Script Script => Script.FireMatches;

    /// <summary>Gets the partition of the triggers.</summary>
    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets how long the ids of raised events are remembered, in ms.</summary>
    public required RedisValue DeduplicationMs { get; init; }

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    public required MatchedEvent Matched { get; init; }

    /// <summary>Gets the triggers and the payloads of what they raise; an empty payload stands for the trigger's own.</summary>
    public required IReadOnlyList<(SubscribedTrigger Trigger, ReadOnlyMemory<byte> Payload)> Triggers { get; init; }

    /// <summary>Gets the spans that fire the triggers, in their order.</summary>
    public required MatchSpans Spans { get; init; }

    public void Write(ScriptCall call)
    {
        var (keys, delivery) = (Partition.Keys, Matched.Delivery);
        call.Key(keys.Root).Key(keys.Triggers).Key(keys.EndedTriggers);
        call.Add(Now).Add(Partition.ServerChannel).Add(DeduplicationMs);
        Retention.Write(call);
        call.Add(delivery.PublishedMs).Add(Matched.Source);
        for (var i = 0; i < Triggers.Count; i++)
        {
            var (trigger, payload) = Triggers[i];
            var (subscription, raised) = (trigger.Subscription, DerivedIds.Raised(trigger.Subscription.Id, delivery.Id));
            call.Key(keys.Trigger(subscription.Id)).Key(keys.Event(raised)).Key(keys.Seen(raised));
            call.Add(subscription.Id).Add(subscription.Version).Add(raised).Add(payload).Add(FiringTrail.From(Matched, trigger))
                .Add(Spans.TraceOf(i) ?? RedisValue.EmptyString);
        }
    }

    /// <returns>What became of the event, for each trigger.</returns>
    public MatchReply[] Read(RespResult reply) => MatchReply.ReadAll(Script, new FlatReply(reply));
}
