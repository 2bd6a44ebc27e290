using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Publishing;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>settle.lua: records what became of deliveries of one group in one partition. A sender sends the same request again and again.
/// The reply is the places of the settlements that were refused: another consumer has the delivery, or it is gone.</summary>
internal sealed class SettleRequest : IScriptRequest<IReadOnlyCollection<int>>
{
    private readonly Partition _partition;
    private readonly string _group;
    private readonly RedisKey[] _keys;
    private readonly List<Settlement> _settlements = [];

    public SettleRequest(Partition partition, string group)
    {
        (_partition, _group) = (partition, group);
        var keys = partition.Keys.Of(group);
        _keys = [partition.Keys.Root, keys.Ready, keys.Leased, keys.Done, keys.Dead, keys.Ended, keys.Quarantine];
    }

    public Script Script => Script.Settle;

    /// <summary>Gets or sets the time to take for now; empty for the server's clock.</summary>
    public RedisValue Now { get; set; } = RedisValue.EmptyString;

    /// <summary>Gets how long an id that a caller chose is remembered, in ms.</summary>
    public required RedisValue DeduplicationMs { get; init; }

    /// <summary>Gets how long processed, canceled and expired deliveries are remembered.</summary>
    public required Retention ProcessedRetention { get; init; }

    /// <summary>Gets how long dead letters are remembered.</summary>
    public required Retention DeadLetterRetention { get; init; }

    /// <summary>Gets what is to be recorded, in the order in which the reply counts.</summary>
    public IReadOnlyList<Settlement> Settlements => _settlements;

    /// <summary>Sets what is to be recorded.</summary>
    public void Fill(List<Settlement> settlements)
    {
        // The script takes plain ones first.
        _settlements.Clear();
        AddAll(settlements, isPlain: true);
        AddAll(settlements, isPlain: false);
    }

    /// <summary>Holds on to nothing.</summary>
    public void Clear() => _settlements.Clear();

    public void Write(ScriptCall call)
    {
        foreach (var key in _keys)
        {
            call.Key(key);
        }

        var plain = 0;
        foreach (var settlement in _settlements)
        {
            call.Key(_partition.Keys.Event(settlement.Lease.Delivery.Id));
            plain += settlement.IsPlain ? 1 : 0;
        }

        call.Add(Now).Add(_partition.ServerChannel).Add(_group).Add(DeduplicationMs)
            .Add(plain).Add(_settlements.Count - plain);
        ProcessedRetention.Write(call);
        DeadLetterRetention.Write(call);
        for (var i = plain; i < _settlements.Count; i++)
        {
            Write(call, _settlements[i]);
        }

        if (plain < _settlements.Count)
        {
            PublishArguments.AddKeys(call, _partition.Keys, _settlements.SelectMany(static settlement => settlement.FollowUps));
        }
    }

    public IReadOnlyCollection<int> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 0)
        {
            return [];
        }

        var refused = new List<int>();
        for (var rest = reader.Count; rest > 0; rest -= 2)
        {
            refused.Add(reader.NextInt32());
            if (reader.NextString() is var word and not ("lost" or "gone"))
            {
                throw Script.Unexpected(word);
            }
        }

        return refused;
    }

    private void AddAll(List<Settlement> settlements, bool isPlain)
    {
        foreach (var settlement in settlements)
        {
            if (settlement.IsPlain == isPlain)
            {
                _settlements.Add(settlement);
            }
        }
    }

    private static void Write(ScriptCall call, Settlement settlement)
    {
        call.Add(settlement.Lease.Delivery.Fence).Add(WordOf(settlement.Outcome))
            .Add((long)Math.Ceiling(settlement.Delay.TotalMilliseconds))
            .Add(settlement.Error).Add(Delivery.FormatHandled(settlement.Handled)).Add(settlement.FollowUps.Count);
        var values = call.Reserve();
        PublishArguments.AddEvents(call, settlement.FollowUps);
        call.Set(values, call.Since(values));
    }

    private static string WordOf(Outcome outcome) => outcome switch
    {
        Outcome.Done => "done",
        Outcome.Retry => "retry",
        Outcome.Dead => "dead",
        Outcome.Release => "release",
        Outcome.Skip => "skip",
        Outcome.Cancel => "cancel",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "This outcome is never recorded."),
    };
}
