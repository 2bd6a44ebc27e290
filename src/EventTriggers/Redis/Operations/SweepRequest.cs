using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>sweep.lua: forgets what is older than its retention in one partition.</summary>
internal sealed class SweepRequest : IScriptRequest<SweepReply>
{
    public Script Script => Script.Sweep;

    public required Partition Partition { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets how long processed, canceled and expired deliveries, and ended triggers, are remembered.</summary>
    public required Retention ProcessedRetention { get; init; }

    /// <summary>Gets how long dead letters are remembered.</summary>
    public required Retention DeadLetterRetention { get; init; }

    /// <summary>Gets how long an idle lane is remembered.</summary>
    public required TimeSpan LaneAge { get; init; }

    /// <summary>Gets where in the lanes to go on; "0" for their beginning.</summary>
    public required string Cursor { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Lanes).Key(Partition.Keys.EndedTriggers)
            .Key(Partition.Keys.RunningOperations);
        foreach (var group in Groups)
        {
            var keys = Partition.Keys.Of(group);
            call.Key(keys.Done).Key(keys.Dead).Key(keys.Ended).Key(keys.Waiting).Key(keys.Parked);
        }

        call.Add(Now);
        ProcessedRetention.Write(call);
        DeadLetterRetention.Write(call);
        call.Add((long)LaneAge.TotalMilliseconds).Add(Cursor).Add(Partition.ServerChannel);
    }

    public SweepReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (cursor, forgotten, hasOperations) = (reader.NextString()!, reader.NextInt32(), reader.NextInt32() > 0);
        var letGo = new string[reader.NextInt32()];
        for (var i = 0; i < letGo.Length; i++)
        {
            letGo[i] = reader.NextString()!;
        }

        var parked = new string[reader.Count - 4 - letGo.Length];
        for (var i = 0; i < parked.Length; i++)
        {
            parked[i] = Groups[reader.NextInt32()];
        }

        return new SweepReply(cursor, forgotten, hasOperations, letGo, parked);
    }
}
