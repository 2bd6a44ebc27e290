using System.Globalization;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>observe.lua: lets triggers over time of one partition observe events. A sender fills the same request again.</summary>
internal sealed class ObserveRequest : IScriptRequest<MatchReply[]>
{
    public Script Script => Script.Observe;

    /// <summary>Gets the partition of the triggers.</summary>
    public required Partition Partition { get; init; }

    /// <summary>Gets or sets the time to take for now; empty for the server's clock.</summary>
    public RedisValue Now { get; set; } = RedisValue.EmptyString;

    /// <summary>Gets how long the ids of raised events are remembered, in ms.</summary>
    public required RedisValue DeduplicationMs { get; init; }

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    /// <summary>Gets how many values of its key a trigger keeps something of.</summary>
    public required int MostLiveKeys { get; init; }

    /// <summary>Gets or sets what is observed.</summary>
    public IReadOnlyList<PendingObservation> Observations { get; set; } = [];

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.Triggers).Key(keys.EndedTriggers);
        call.Add(Now).Add(Partition.ServerChannel).Add(DeduplicationMs);
        Retention.Write(call);
        call.Add(MostLiveKeys);
        foreach (var observation in Observations)
        {
            Write(call, keys, observation);
        }
    }

    /// <returns>What became of each event.</returns>
    public MatchReply[] Read(RespResult reply) => MatchReply.ReadAll(Script, new FlatReply(reply));

    private static void Write(ScriptCall call, RedisKeys keys, PendingObservation observation)
    {
        var (keyed, matched) = (observation.Event, observation.Matched);
        var (subscription, delivery) = (keyed.Trigger.Subscription, matched.Delivery);
        var raised = DerivedIds.Raised(subscription.Id, delivery.Id);
        call.Key(keys.Trigger(subscription.Id)).Key(keys.Event(raised)).Key(keys.Seen(raised));
        foreach (var key in keys.OverTime(keyed.Member))
        {
            call.Key(key);
        }

        call.Key(keys.Distinct(keyed.Member, keyed.Distinct));
        call.Add(delivery.PublishedMs).Add(EntryOf(delivery)).Add(delivery.Id).Add(matched.Source);
        call.Add(FiringTrail.From(matched, keyed.Trigger)).Add(observation.Trace ?? RedisValue.EmptyString);
        call.Add(subscription.Id).Add(subscription.Version).Add(raised).Add(observation.Payload).Add(keyed.Member).Add(keyed.Roles);
    }

    // Sorts by the number, and then by the id: a number is preceded by how many digits it has.
    private static string EntryOf(Delivery delivery)
    {
        var number = delivery.Watermark.Number.ToString(CultureInfo.InvariantCulture);
        return $"{number.Length:x}{number}{delivery.Id}";
    }
}
