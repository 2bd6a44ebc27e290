using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// subscribe.lua: subscribes a group to types in one partition, registers a consumer that handles them, and takes over events that no group
/// wanted yet.
/// </summary>
internal sealed class SubscribeRequest : IScriptRequest<SubscribeReply>
{
    public Script Script => Script.Subscribe;

    public required Partition Partition { get; init; }

    public required string Group { get; init; }

    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the most events to take over.</summary>
    public required int Limit { get; init; }

    /// <summary>Gets the most groups that a type may have.</summary>
    public required int MaxGroups { get; init; }

    /// <summary>Gets the name of the consumer, the one that its claims give as their holder.</summary>
    public required string Consumer { get; init; }

    /// <summary>Gets how long the consumer counts as alive unless it subscribes again.</summary>
    public required TimeSpan Alive { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root);
        call.Add(Now).Add(Partition.ServerChannel).Add(Group).Add(Limit).Add(MaxGroups).Add(Consumer).Add((long)Alive.TotalMilliseconds);
        foreach (var type in Types)
        {
            call.Key(Partition.Keys.Routes(type)).Key(Partition.Keys.Unrouted(type)).Key(Partition.Keys.Handlers(Group, type));
            call.Add(type);
        }
    }

    public SubscribeReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (taken, added) = (reader.NextInt32(), reader.NextInt32());
        var crowded = new CrowdedType[(reader.Count - 2) / 2];
        for (var i = 0; i < crowded.Length; i++)
        {
            crowded[i] = new CrowdedType(reader.NextString()!, reader.NextInt32());
        }

        return new SubscribeReply(taken, added, crowded);
    }
}
