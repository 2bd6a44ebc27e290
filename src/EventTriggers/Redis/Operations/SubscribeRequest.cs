using EventTriggers.Consuming;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// subscribe.lua: subscribes groups to types in one partition, registers a consumer that handles them, and takes over events that no group
/// wanted yet.
/// </summary>
internal sealed class SubscribeRequest : IScriptRequest<SubscribeReply>
{
    public Script Script => Script.Subscribe;

    public required Partition Partition { get; init; }

    /// <summary>Gets the subscriptions; those of one type follow one another.</summary>
    public required IReadOnlyList<GroupType> Subscriptions { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets about how many deliveries are made of unrouted events.</summary>
    public required int Limit { get; init; }

    /// <summary>Gets the most groups that a type may have.</summary>
    public required int MaxGroups { get; init; }

    /// <summary>Gets the name of the consumer, the one that its claims give as their holder.</summary>
    public required string Consumer { get; init; }

    /// <summary>Gets how long the consumer counts as alive unless it subscribes again.</summary>
    public required TimeSpan Alive { get; init; }

    /// <summary>Gets how groups order by key; those that do not are left out.</summary>
    public required IReadOnlyDictionary<string, KeyMode> Modes { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root);
        call.Add(Now).Add(Partition.ServerChannel).Add(Limit).Add(MaxGroups).Add(Consumer).Add((long)Alive.TotalMilliseconds);
        foreach (var (group, type) in Subscriptions)
        {
            call.Key(Partition.Keys.Routes(type)).Key(Partition.Keys.Unrouted(type)).Key(Partition.Keys.Handlers(group, type));
            call.Add(group).Add(type).Add(Modes.GetValueOrDefault(group).ToString());
        }
    }

    public SubscribeReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (taken, added) = (reader.NextInt32(), reader.NextInt32());
        var crowded = new CrowdedType[(reader.Count - 2) / 3];
        for (var i = 0; i < crowded.Length; i++)
        {
            crowded[i] = new CrowdedType(new GroupType(reader.NextString()!, reader.NextString()!), reader.NextInt32());
        }

        return new SubscribeReply(taken, added, crowded);
    }
}
