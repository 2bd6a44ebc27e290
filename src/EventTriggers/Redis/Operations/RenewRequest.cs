using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>renew.lua: extends leases of one group in one partition.</summary>
internal sealed class RenewRequest : IScriptRequest<RenewOutcome[]>
{
    public Script Script => Script.Renew;

    public required Partition Partition { get; init; }

    public required string Group { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the duration of the leases from now on.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets the time without a call after which leases are in doubt, in ms.</summary>
    public required RedisValue SilenceMs { get; init; }

    /// <summary>Gets the leases, in the order of the reply.</summary>
    public required IReadOnlyList<Lease> Leases { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Of(Group).Leased);
        call.Add(Now).Add((long)Duration.TotalMilliseconds).Add(Group).Add(SilenceMs);
        foreach (var lease in Leases)
        {
            call.Key(Partition.Keys.Event(lease.Delivery.Id));
            call.Add(lease.Delivery.Id).Add(lease.Delivery.Fence);
        }
    }

    public RenewOutcome[] Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var outcomes = new RenewOutcome[reader.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = reader.NextString() switch
            {
                "ok" => RenewOutcome.Extended,
                "cancel" => RenewOutcome.Canceled,
                "lost" => RenewOutcome.Lost,
                var word => throw Script.Unexpected(word),
            };
        }

        return outcomes;
    }
}
