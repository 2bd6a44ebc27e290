using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>fire_due.lua: fires the due triggers of one partition.</summary>
internal sealed class FireDueRequest : IScriptRequest<FireDueReply>
{
    public Script Script => Script.FireDue;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the caller's groups, which claim next and are not woken: each between two spaces.</summary>
    public required string OwnGroups { get; init; }

    /// <summary>
    /// Gets the consumer that wakes for the next due trigger; <see langword="null"/> for one that receives no wake messages.
    /// </summary>
    public string? Consumer { get; init; }

    /// <summary>Gets how many triggers are fired or reported at most.</summary>
    public required int Limit { get; init; }

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Triggers).Key(Partition.Keys.EndedTriggers).Key(Partition.Keys.Leader);
        call.Add(Now).Add(Partition.ServerChannel).Add(OwnGroups).Add(Consumer ?? RedisValue.EmptyString).Add(Limit);
        Retention.Write(call);
    }

    public FireDueReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (now, next, fired) = (reader.NextInt64(), reader.NextInt64(), new (string Kind, long Due)[reader.NextInt32()]);
        var (waiting, unreadable, planned) = (
            new string[reader.NextInt32()], new (string Id, string Trouble)[reader.NextInt32()], new DueTrigger[reader.NextInt32()]);
        for (var i = 0; i < waiting.Length; i++)
        {
            waiting[i] = reader.NextString()!;
        }

        for (var i = 0; i < unreadable.Length; i++)
        {
            unreadable[i] = (reader.NextString()!, reader.NextString()!);
        }

        for (var i = 0; i < planned.Length; i++)
        {
            planned[i] = DueTrigger.From(ref reader);
        }

        // Few kinds, and the same text for each of them.
        string? kind = null;
        for (var i = 0; i < fired.Length; i++)
        {
            fired[i] = (kind = reader.NextString(kind)!, reader.NextInt64());
        }

        return new FireDueReply(now, next, fired, waiting, unreadable, planned);
    }
}
