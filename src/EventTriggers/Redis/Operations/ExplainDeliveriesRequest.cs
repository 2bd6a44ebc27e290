using EventTriggers.Events;
using EventTriggers.Redis.Stores;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>explain_deliveries.lua: explains why the deliveries of an event have not been handled yet.</summary>
internal sealed class ExplainDeliveriesRequest : IScriptRequest<IReadOnlyList<DeliveryExplanation>>
{
    private const int Values = 6;

    public Script Script => Script.ExplainDeliveries;

    public required Partition Partition { get; init; }

    /// <summary>Gets the event.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    public void Write(ScriptCall call) => call.Key(Partition.Keys.Root).Key(Partition.Keys.Event(Id)).Add(Now);

    /// <returns>One for each delivery whose status can be read.</returns>
    public IReadOnlyList<DeliveryExplanation> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var all = new List<DeliveryExplanation>();
        for (var left = reader.Count / Values; left > 0; left--)
        {
            var (group, word, why) = (reader.NextString()!, reader.NextString()!, reader.NextString()!);
            DateTimeOffset? until = reader.TryNextInt64(out var ms) ? UnixTime.ToDateTimeOffset(ms) : null;
            var (consumer, ids) = (reader.NextString()!, reader.NextString()!);
            if (EventHash.ParseStatus(word) is { } status)
            {
                all.Add(new DeliveryExplanation
                {
                    Group = group,
                    Status = status,
                    Reason = ReasonOf(why),
                    Until = until,
                    Consumer = consumer.Length > 0 ? consumer : null,
                    Behind = ids.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                });
            }
        }

        return all;
    }

    private static DeliveryReason ReasonOf(string why) => why switch
    {
        "pause" => DeliveryReason.GroupPaused,
        "held" => DeliveryReason.KeyHeld,
        "key" => DeliveryReason.KeyTaken,
        "limit" => DeliveryReason.KeyLimited,
        "name" => DeliveryReason.NameTaken,
        "parked" => DeliveryReason.Parked,
        "consumer" => DeliveryReason.NoConsumer,
        "claim" => DeliveryReason.Claimable,
        "time" => DeliveryReason.NotDue,
        "lease" => DeliveryReason.Leased,
        "dead" => DeliveryReason.DeadLetter,
        _ => DeliveryReason.Ended,
    };
}
