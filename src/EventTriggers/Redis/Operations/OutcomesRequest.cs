using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// Records what became of deliveries of one group in one partition. A sender fills and sends the same request again and again. The reply is
/// the places of the settlements that were refused: another consumer has the delivery, or it is gone.
/// </summary>
internal abstract class OutcomesRequest(Partition partition, string group, Func<GroupKeys, RedisKey[]> keys)
    : IScriptRequest<IReadOnlyCollection<int>>
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

    public IReadOnlyCollection<int> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 0)
        {
            return [];
        }

        var refused = new List<int>();
        for (var rest = reader.Count; rest > 0; rest -= 2)
        {
            refused.Add(reader.NextInt32());
            if (reader.NextString() is var word and not ("lost" or "gone"))
            {
                throw Script.Unexpected(word);
            }
        }

        return refused;
    }

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
