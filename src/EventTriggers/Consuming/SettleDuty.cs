using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

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
    private volatile bool _isGivenUp;

    public SettleDuty(Keyspace keyspace, Partition partition, ConsumerGroup group, ILogger logger)
    {
        _keyspace = keyspace;
        _partition = partition;
        _group = group;
        _logger = logger;
        _keys = partition.Keys.Of(group.Name);
        _coalescer = new Coalescer<Settlement>(Senders, RunOnceAsync);
    }

    public void Add(Settlement settlement) => _coalescer.Add(settlement);

    public ValueTask DisposeAsync() => _coalescer.DisposeAsync();

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
            var (keys, arguments) = Write(batch);
            var words = await _keyspace.Patience.RunAsync("record outcomes", TimeSpan.MaxValue, () =>
            {
                ObjectDisposedException.ThrowIf(_isGivenUp, this);
                return _keyspace.Scripts.RunForWordsAsync(Script.Settle, keys, arguments);
            }, retryRefused: true).ConfigureAwait(false);
            for (var i = 0; i < batch.Count; i++)
            {
                Report(batch[i], words[i]);
            }
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

    private (RedisKey[] Keys, RedisValue[] Arguments) Write(List<Settlement> batch)
    {
        List<RedisKey> keys = [_partition.Keys.Root, _keys.Ready, _keys.Delayed, _keys.Leased, _keys.Done, _keys.Dead, _keys.Ended, _keys.Suspects];
        keys.AddRange(batch.Select(settlement => _partition.Keys.Event(settlement.Lease.Delivery.Id.Value)));
        List<RedisValue> arguments =
        [
            _keyspace.PinnedNow, _partition.ServerChannel, _group.Name, (long)_keyspace.Options.DeduplicationWindow.TotalMilliseconds, batch.Count,
            .. _keyspace.ProcessedRetention, .. _keyspace.DeadLetterRetention,
        ];
        foreach (var settlement in batch)
        {
            arguments.Add(settlement.Lease.Delivery.Id.Value);
            arguments.Add(settlement.Lease.Delivery.Fence);
            arguments.Add(WordOf(settlement.Outcome));
            arguments.Add((long)Math.Ceiling(settlement.Delay.TotalMilliseconds));
            arguments.Add(settlement.Error);
            arguments.Add(Delivery.WriteHandled(settlement.Handled));
            arguments.Add(settlement.FollowUps.Count);
            foreach (var followUp in settlement.FollowUps)
            {
                PublishArguments.Add(followUp, _partition.Keys, keys, arguments);
            }
        }

        return ([.. keys], [.. arguments]);
    }

    private void Report(Settlement settlement, string word)
    {
        switch (word)
        {
            case "ok" or "repeated":
                _logger.OutcomeRecorded(settlement.Lease.Delivery.Id, settlement.Outcome);
                break;
            case "lost" or "gone":
                settlement.Lease.Interrupt(Interruption.LeaseLost);
                _logger.OutcomeRefused(settlement.Lease.Delivery.Id);
                break;
            default:
                throw new InvalidOperationException($"settle.lua answered '{word}'.");
        }
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
