using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Publishing;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>Records the outcomes of one group's deliveries in one partition, many in a call.</summary>
internal sealed class SettleDuty : IAsyncDisposable
{
    private const int Senders = 2;

    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly ConsumerGroup _group;
    private readonly ILogger _logger;
    private readonly GroupKeys _keys;
    private readonly Coalescer<Settlement> _coalescer;
    private readonly ScriptCall[] _calls = [.. Enumerable.Range(0, Senders).Select(static _ => new ScriptCall())];
    private readonly CancelOnRelease _release;
    private volatile bool _isGivenUp;

    public SettleDuty(Keyspace keyspace, Partition partition, ConsumerGroup group, ILogger logger)
    {
        _keyspace = keyspace;
        _partition = partition;
        _group = group;
        _logger = logger;
        _keys = partition.Keys.Of(group.Name);
        _release = new CancelOnRelease(keyspace);
        _coalescer = new Coalescer<Settlement>(Senders, RunOnceAsync);
    }

    public void Add(Settlement settlement) => _coalescer.Add(settlement);

    public async ValueTask DisposeAsync()
    {
        await _coalescer.DisposeAsync().ConfigureAwait(false);
        await _release.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends what is still tried: nobody waits for it any more.</summary>
    public void GiveUp() => _isGivenUp = true;

    /// <summary>
    /// Records a batch, again until Redis answers: while it does not, nobody else can take the deliveries either. Nothing piles up, because
    /// nothing can be claimed meanwhile.
    /// </summary>
    private async ValueTask RunOnceAsync(int sender, List<Settlement> batch)
    {
        try
        {
            var call = Write(_calls[sender].Clear(), batch);
            await _keyspace.Patience.RunAsync("record outcomes", TimeSpan.MaxValue, async () =>
            {
                ObjectDisposedException.ThrowIf(_isGivenUp, this);
                using var reply = await _keyspace.Scripts.RunAsync(Script.Settle, call.Keys, call.Arguments).ConfigureAwait(false);
                Report(batch, reply);
                return true;
            }, retryRefused: true).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The edge of the duty: whatever went wrong, the leases end by themselves and the next batch goes on.
            _logger.SettleFailed(e, batch.Count);
        }
        finally
        {
            batch.ForEach(settlement => _group.Drop(settlement.Lease));
        }
    }

    // The script wants plain deliveries first, so they come first in the batch, too: what it answers goes by place.
    private ScriptCall Write(ScriptCall call, List<Settlement> batch)
    {
        var plain = batch.Count(static settlement => settlement.IsPlain);
        if (plain < batch.Count)
        {
            batch.Sort(static (a, b) => b.IsPlain.CompareTo(a.IsPlain));
        }

        call.Key(_partition.Keys.Root).Key(_keys.Ready).Key(_keys.Delayed).Key(_keys.Leased).Key(_keys.Done).Key(_keys.Dead).Key(_keys.Ended)
            .Key(_keys.Suspects);
        foreach (var settlement in batch)
        {
            call.Key(_partition.Keys.Event(settlement.Lease.Delivery.Id));
        }

        call.Add(_keyspace.PinnedNow).Add(_partition.ServerChannel).Add(_group.Name).Add(_keyspace.DeduplicationMs)
            .Add(plain).Add(batch.Count - plain).Add(_keyspace.ProcessedRetention).Add(_keyspace.DeadLetterRetention);
        for (var i = plain; i < batch.Count; i++)
        {
            Write(call, batch[i]);
        }

        if (plain < batch.Count)
        {
            PublishArguments.AddKeys(call, _partition.Keys, batch.SelectMany(static settlement => settlement.FollowUps));
        }

        return call;
    }

    private static void Write(ScriptCall call, Settlement settlement)
    {
        call.Add(settlement.Lease.Delivery.Fence).Add(WordOf(settlement.Outcome)).Add((long)Math.Ceiling(settlement.Delay.TotalMilliseconds))
            .Add(settlement.Error).Add(Delivery.WriteHandled(settlement.Handled)).Add(settlement.FollowUps.Count);
        var values = call.Reserve();
        PublishArguments.AddEvents(call, settlement.FollowUps);
        call.Set(values, call.Since(values));
    }

    private void Report(List<Settlement> batch, RespResult reply)
    {
        var reader = new FlatReply(reply);
        HashSet<int> refused = [];
        for (var rest = reader.Count; rest > 0; rest -= 2)
        {
            var place = reader.NextInt32();
            refused.Add(place);
            Refused(batch[place], reader.NextString()!);
        }

        for (var i = 0; i < batch.Count; i++)
        {
            if (!refused.Contains(i))
            {
                Recorded(batch[i]);
            }
        }
    }

    private void Recorded(Settlement settlement)
    {
        var delivery = settlement.Lease.Delivery;
        _logger.OutcomeRecorded(delivery.Id, _group.Name, settlement.Outcome);
        if (delivery.CancelOn is { } cancelOn && settlement.Outcome is Outcome.Done or Outcome.Dead or Outcome.Cancel)
        {
            _release.Add(delivery.Id, cancelOn);
        }
    }

    private void Refused(Settlement settlement, string word)
    {
        if (word is not ("lost" or "gone"))
        {
            throw new InvalidOperationException($"settle.lua answered '{word}'.");
        }

        settlement.Lease.Interrupt(Interruption.LeaseLost);
        _logger.OutcomeRefused(settlement.Lease.Delivery.Id, _group.Name);
    }

    private static string WordOf(Outcome outcome) => outcome switch
    {
        Outcome.Done => "done",
        Outcome.Retry => "retry",
        Outcome.Dead => "dead",
        Outcome.Release => "release",
        Outcome.Skip => "skip",
        Outcome.Cancel => "cancel",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Is never recorded."),
    };
}
