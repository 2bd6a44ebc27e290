using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Publishing;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>settle.lua: records outcomes of all kinds, with the events that handlers published.</summary>
internal sealed class SettleRequest(Partition partition, string group)
    : OutcomesRequest(
        partition, group, static keys => [keys.Ready, keys.Leased, keys.Done, keys.Dead, keys.Ended, keys.Quarantine])
{
    public override Script Script => Script.Settle;

    /// <summary>Gets how long an id that a caller chose is remembered, in ms.</summary>
    public required RedisValue DeduplicationMs { get; init; }

    /// <summary>Gets how long dead letters are remembered.</summary>
    public required Retention DeadLetterRetention { get; init; }

    /// <summary>Gets a value indicating whether the stack traces of failures are stored.</summary>
    public required bool RecordsStackTraces { get; init; }

    public override void Write(ScriptCall call)
    {
        AddKeys(call);
        call.Add(Now).Add(Partition.ServerChannel).Add(Group).Add(DeduplicationMs).Add(Settlements.Count);
        ProcessedRetention.Write(call);
        DeadLetterRetention.Write(call);
        foreach (var settlement in Settlements)
        {
            Write(call, settlement);
        }

        PublishArguments.AddKeys(call, Partition.Keys, Settlements.SelectMany(static settlement => settlement.FollowUps));
    }

    private void Write(ScriptCall call, Settlement settlement)
    {
        call.Add(settlement.Lease.Delivery.Fence).Add(WordOf(settlement.Outcome))
            .Add(settlement.ReturnedGrant > 0 ? settlement.ReturnedGrant : (long)Math.Ceiling(settlement.Delay.TotalMilliseconds))
            .Add(settlement.Error).Add(Delivery.FormatHandled(settlement.Handled)).Add(settlement.Trace ?? RedisValue.EmptyString)
            .Add(RecordsStackTraces ? settlement.StackTrace : string.Empty).Add(settlement.FollowUps.Count);
        var values = call.Reserve();
        PublishArguments.AddEvents(call, settlement.FollowUps);
        call.Set(values, call.Since(values));
    }

    private static string WordOf(Outcome outcome) => outcome switch
    {
        Outcome.Done => "done",
        Outcome.Retry => "retry",
        Outcome.Later => "later",
        Outcome.Dead => "dead",
        Outcome.Release => "release",
        Outcome.Skip => "skip",
        Outcome.Cancel => "cancel",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "This outcome is never recorded."),
    };
}
