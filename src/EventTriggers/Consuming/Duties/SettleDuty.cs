using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>Records the outcomes of one group's deliveries in one partition, many in a call.</summary>
internal sealed class SettleDuty : IAsyncDisposable
{
    private const int Senders = 2;

    private readonly Keyspace _keyspace;
    private readonly ConsumerGroup _group;
    private readonly ILogger _logger;
    private readonly Coalescer<Settlement> _coalescer;
    private readonly SettleRequest[] _requests;
    private readonly CancelOnRelease _release;
    private volatile bool _isGivenUp;

    public SettleDuty(Keyspace keyspace, Partition partition, ConsumerGroup group, ILogger logger)
    {
        _keyspace = keyspace;
        _group = group;
        _logger = logger;
        _requests =
        [
            .. Enumerable.Range(0, Senders).Select(_ => new SettleRequest(partition, group.Name)
            {
                DeduplicationMs = keyspace.DeduplicationMs,
                ProcessedRetention = keyspace.EndedRetention,
                DeadLetterRetention = keyspace.DeadLetterRetention,
            }),
        ];
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
        var request = _requests[sender];
        try
        {
            request.Fill(batch);
            await _keyspace.Patience.RunAsync("record outcomes", TimeSpan.MaxValue, async () =>
            {
                ObjectDisposedException.ThrowIf(_isGivenUp, this);
                request.Now = _keyspace.PinnedNow;
                Report(request.Settlements, await _keyspace.Scripts.RunAsync(request).ConfigureAwait(false));
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
            request.Clear();
        }
    }

    private void Report(IReadOnlyList<Settlement> batch, IReadOnlyCollection<int> refused)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (refused.Contains(i))
            {
                Refused(batch[i]);
            }
            else
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

    private void Refused(Settlement settlement)
    {
        settlement.Lease.Interrupt(Interruption.LeaseLost);
        _logger.OutcomeRefused(settlement.Lease.Delivery.Id, _group.Name);
    }
}
