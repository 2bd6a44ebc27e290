using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>fire_waiting.lua: fires triggers over time of one partition whose moment has come.</summary>
internal sealed class FireWaitingRequest : IScriptRequest<FireWaitingReply>
{
    public Script Script => Script.FireWaiting;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the caller's groups, which claim next and are not woken: each between two spaces.</summary>
    public required string OwnGroups { get; init; }

    /// <summary>Gets how long the ids of raised events are remembered, in ms.</summary>
    public required RedisValue DeduplicationMs { get; init; }

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    /// <summary>Gets what is due: <c>id#version#key</c>, as fire_due.lua answers it.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.Triggers).Key(keys.EndedTriggers);
        call.Add(Now).Add(Partition.ServerChannel).Add(OwnGroups).Add(DeduplicationMs);
        Retention.Write(call);
        foreach (var member in Members)
        {
            var id = member[..member.IndexOf('#', StringComparison.Ordinal)];
            call.Key(keys.Trigger(id));
            foreach (var key in keys.OverTime(member))
            {
                call.Key(key);
            }

            call.Add(member).Add(id);
        }
    }

    public FireWaitingReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (fired, next) = (new long[reader.NextInt32()], reader.NextInt64());
        var dropped = new (string TriggerId, DropReason Reason)[(reader.Count - 2 - fired.Length) / 2];
        for (var i = 0; i < fired.Length; i++)
        {
            fired[i] = reader.NextInt64();
        }

        for (var i = 0; i < dropped.Length; i++)
        {
            dropped[i] = (reader.NextString()!, DropReasons.Next(Script, ref reader));
        }

        return new FireWaitingReply(fired, next, dropped);
    }
}
