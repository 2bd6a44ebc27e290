using System.Collections.ObjectModel;
using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// Records what became of deliveries of one group in one partition. A sender fills and sends the same request again and again. The reply
/// tells the places of the settlements of which something else was recorded than they say: the outcome, or <see cref="Outcome.Abandon"/>
/// for nothing, because another consumer has the delivery, or it is gone.
/// </summary>
internal abstract class OutcomesRequest(Partition partition, string group, Func<GroupKeys, RedisKey[]> keys)
    : IScriptRequest<IReadOnlyDictionary<int, Outcome>>
{
    private readonly RedisKey[] _keys = [partition.Keys.Root, .. keys(partition.Keys.Of(group))];

    public abstract Script Script { get; }

    /// <summary>Gets or sets the time to take for now; empty for the server's clock.</summary>
    public RedisValue Now { get; set; } = RedisValue.EmptyString;

    /// <summary>Gets how long processed, canceled and expired deliveries are remembered.</summary>
    public required Retention ProcessedRetention { get; init; }

    /// <summary>Gets what is to be recorded, in the order in which the reply counts. The caller fills and clears it.</summary>
    public List<Settlement> Settlements { get; } = [];

    protected Partition Partition => partition;

    protected string Group => group;

    public abstract void Write(ScriptCall call);

    public IReadOnlyDictionary<int, Outcome> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 0)
        {
            return ReadOnlyDictionary<int, Outcome>.Empty;
        }

        var differences = new Dictionary<int, Outcome>();
        for (var rest = reader.Count; rest > 0; rest -= 2)
        {
            differences.Add(reader.NextInt32(), OutcomeOf(reader.NextString()));
        }

        return differences;
    }

    private Outcome OutcomeOf(string? word) => word switch
    {
        "lost" or "gone" => Outcome.Abandon,
        "release" => Outcome.Release,
        "cancel" => Outcome.Cancel,
        "dead" => Outcome.Dead,
        _ => throw Script.Unexpected(word),
    };

    /// <summary>Adds the keys of the group that the script takes, and those of the events.</summary>
    protected void AddKeys(ScriptCall call)
    {
        foreach (var key in _keys)
        {
            call.Key(key);
        }

        foreach (var settlement in Settlements)
        {
            call.Key(partition.Keys.Event(settlement.Lease.Delivery.Id));
        }
    }
}
