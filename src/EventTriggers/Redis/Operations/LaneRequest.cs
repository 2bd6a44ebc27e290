using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// A call of a script that goes through a lane: it happens once, however often it is sent under its number. Its keys begin with root and
/// lanes, its arguments with now, channel, lane and sequence.
/// </summary>
/// <typeparam name="TReply">What the script answers.</typeparam>
internal abstract class LaneRequest<TReply> : IScriptRequest<TReply>
{
    public abstract Script Script { get; }

    /// <summary>Gets what the call does, for exceptions and logs: "cancel an event".</summary>
    public abstract string What { get; }

    public required Partition Partition { get; init; }

    /// <summary>Gets or sets the time to take for now; empty for the server's clock.</summary>
    public RedisValue Now { get; set; } = RedisValue.EmptyString;

    /// <summary>Gets or sets the name of the lane.</summary>
    public RedisValue Lane { get; set; }

    /// <summary>Gets or sets the number of the operation in its lane.</summary>
    public long Sequence { get; set; }

    /// <summary>Makes it the next operation of a lane: until the lane's next one, every call repeats it.</summary>
    public void Enter(Lane lane) => (Lane, Sequence) = (lane.Name, lane.Next());

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Lanes);
        call.Add(Now).Add(Partition.ServerChannel).Add(Lane).Add(Sequence);
        WriteOperation(call);
    }

    /// <summary>Reads the reply, which is one word.</summary>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    /// <exception cref="InvalidOperationException">A field of the hash cannot be read.</exception>
    public virtual TReply Read(RespResult reply)
    {
        var word = reply.ReadScalar().ReadString()!;
        RedisKeys.ThrowIfMisused(word);
        return word.StartsWith('?')
            ? throw new InvalidOperationException(
                $"Could not {What}: field '{word[1..]}' of its hash cannot be read, because EventTriggers did not write it; nothing was "
                + "changed.")
            : Parse(word);
    }

    /// <summary>Writes the keys after root and lanes, and the arguments after the sequence.</summary>
    protected abstract void WriteOperation(ScriptCall call);

    /// <summary>Reads an outcome.</summary>
    protected abstract TReply Parse(string word);
}
