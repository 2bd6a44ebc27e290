using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>claim_next.lua: leases the deliveries that wait behind the first of their key, for a batch that has it.</summary>
internal sealed class ClaimNextRequest : IScriptRequest<ClaimNextReply>
{
    public Script Script => Script.ClaimNext;

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the batch.</summary>
    public required LeaseBatch Batch { get; init; }

    /// <summary>Gets the wire names of the types that it may have.</summary>
    public required IReadOnlyCollection<string> Types { get; init; }

    /// <summary>Gets the name that leased deliveries note as their holder.</summary>
    public required string Holder { get; init; }

    /// <summary>Gets the number of this call, which leased deliveries note as well.</summary>
    public required long Call { get; init; }

    /// <summary>Gets how long the leases last.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets the size above which a payload is left to a claim.</summary>
    public required int MaxPayloadBytes { get; init; }

    /// <summary>Gets the size above which headers are left to a claim.</summary>
    public required int MaxHeaderBytes { get; init; }

    public void Write(ScriptCall call)
    {
        var first = Batch.Leases[0];
        var (keys, delivery) = (first.Partition.Keys, first.Delivery);
        call.Key(keys.Root).Key(keys.Of(delivery.Group).Leased);
        call.Add(Now).Add(delivery.Group).Add(Holder).Add(Call).Add(Batch.Call).Add(Batch.Leases.Count - 1);
        call.Add((long)Duration.TotalMilliseconds).Add(delivery.Key!).Add(delivery.Id).Add(delivery.Fence);
        call.Add(Batch.Handler.Registration.Limits.MaxSize - Batch.Leases.Count).Add(BatchCollector.MaxBytes - Batch.Bytes);
        call.Add(MaxPayloadBytes).Add(MaxHeaderBytes).Add(BatchCollector.AttemptsTogether).Add(BatchCollector.CrashesTogether);
        foreach (var type in Types)
        {
            call.Add(type);
        }
    }

    public ClaimNextReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var deliveries = new DeliveryReader(Batch.Leases[0].Delivery.Group);
        var (now, next) = (reader.NextInt64(), new List<Delivery>());
        for (var left = (reader.Count - 1) / 4; left > 0; left--)
        {
            next.Add(deliveries.Read(ref reader));
        }

        return new ClaimNextReply(now, next);
    }
}
