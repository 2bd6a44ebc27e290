using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>advance_operation.lua: takes one step of a bulk operation of a partition.</summary>
internal sealed class AdvanceOperationRequest : IScriptRequest<OperationStep>
{
    private const int Head = 6;

    public Script Script => Script.AdvanceOperation;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the consumer that takes the step.</summary>
    public required string Consumer { get; init; }

    /// <summary>Gets after which silence another consumer may go on.</summary>
    public required TimeSpan Silence { get; init; }

    /// <summary>Gets how long an ended operation is remembered.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.RunningOperations).Key(keys.Triggers).Key(keys.EndedTriggers);
        call.Add(Now).Add(Partition.ServerChannel).Add(Consumer);
        call.Add((long)Silence.TotalMilliseconds).Add((long)Age.TotalMilliseconds);
        Retention.Write(call);
    }

    public OperationStep Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var wait = reader.NextInt64();
        TimeSpan? next = wait < 0 ? null : TimeSpan.FromMilliseconds(wait);
        if (reader.Count < Head)
        {
            return new OperationStep(next, null, string.Empty, IsOver: false, 0, 0, []);
        }

        var (id, kind, isOver) = (reader.NextString(), reader.NextString()!, reader.NextString() != "running");
        var (examined, changed) = (reader.NextInt64(), reader.NextInt64());
        var unsubscribe = new string[reader.Count - Head];
        for (var i = 0; i < unsubscribe.Length; i++)
        {
            unsubscribe[i] = reader.NextString()!;
        }

        return new OperationStep(next, id, kind, isOver, examined, changed, unsubscribe);
    }
}
