using System.Collections.Concurrent;
using EventTriggers.Consuming.Duties;
using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>Records the outcomes of one group's deliveries in one partition, many in a call.</summary>
internal sealed class Settler : IAsyncDisposable
{
    private const int Senders = 2;

    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly string _group;
    private readonly ILogger _logger;
    private readonly Coalescer<Settlement> _coalescer;
    private readonly (SettlePlainRequest Plain, SettleKeyedRequest Keyed, SettleRequest Others)[] _requests;
    private readonly CancelOnRelease _release;
    private readonly ConcurrentDictionary<Task, bool> _recording = new();
    private volatile bool _isGivenUp;

    public Settler(Keyspace keyspace, Partition partition, string group, ILogger logger)
    {
        (_keyspace, _partition, _group, _logger) = (keyspace, partition, group, logger);
        _requests =
        [
            .. Enumerable.Range(0, Senders).Select(_ => (
                new SettlePlainRequest(partition, group) { ProcessedRetention = keyspace.EndedRetention },
                new SettleKeyedRequest(partition, group) { ProcessedRetention = keyspace.EndedRetention },
                NewRequest())),
        ];
        _release = new CancelOnRelease(keyspace);
        _coalescer = new Coalescer<Settlement>(Senders, RecordAsync);
    }

    public void Add(Settlement settlement) => _coalescer.Add(settlement);

    /// <summary>
    /// Records outcomes of deliveries with one key in their order: no later one before an earlier one. If another consumer has one of them,
    /// those of later calls are given back, as Redis does with the later ones of the same call.
    /// </summary>
    public async ValueTask RecordAsync(IReadOnlyList<Settlement> inOrder)
    {
        // Disposal waits for it.
        var recording = RecordInOrderAsync(inOrder);
        _recording.TryAdd(recording, true);
        try
        {
            await recording.ConfigureAwait(false);
        }
        finally
        {
            _recording.TryRemove(recording, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _coalescer.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_recording.Keys).ConfigureAwait(false);
        await _release.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends retries, which are no longer awaited.</summary>
    public void GiveUp() => _isGivenUp = true;

    private async Task RecordInOrderAsync(IReadOnlyList<Settlement> inOrder)
    {
        var request = NewRequest();
        var (count, size, comesAgain) = (0, 0, false);
        foreach (var settlement in inOrder)
        {
            if (count > 0 && (count + settlement.Count > BatchLimits.Items || size + settlement.Size > BatchLimits.Bytes))
            {
                comesAgain |= await RecordAsync(request).ConfigureAwait(false);
                (count, size) = (0, 0);
            }

            request.Settlements.Add(comesAgain ? OutcomePolicy.Release(settlement.Lease) : settlement);
            (count, size) = (count + settlement.Count, size + settlement.Size);
        }

        await RecordAsync(request).ConfigureAwait(false);
    }

    private SettleRequest NewRequest() => new(_partition, _group)
    {
        DeduplicationMs = _keyspace.DeduplicationMs,
        ProcessedRetention = _keyspace.EndedRetention,
        DeadLetterRetention = _keyspace.DeadLetterRetention,
        RecordsStackTraces = _keyspace.Options.RecordStackTraces,
    };

    private async ValueTask RecordAsync(int sender, List<Settlement> batch)
    {
        var (plain, keyed, others) = _requests[sender];
        foreach (var settlement in batch)
        {
            OutcomesRequest request = !settlement.IsPlain ? others : settlement.Lease.Delivery.Key is null ? plain : keyed;
            request.Settlements.Add(settlement);
        }

        var first = RecordAsync(plain);
        var second = RecordAsync(keyed);
        await RecordAsync(others).ConfigureAwait(false);
        await first.ConfigureAwait(false);
        await second.ConfigureAwait(false);
    }

    // Retries until Redis answers: while it does not, no other consumer can take the deliveries either, and nothing piles up, because
    // nothing can be claimed meanwhile. Answers whether anything comes again that was to end.
    private async ValueTask<bool> RecordAsync(OutcomesRequest request)
    {
        if (request.Settlements.Count == 0)
        {
            return false;
        }

        var comesAgain = false;
        var since = OperationMetrics.Begin();
        try
        {
            await _keyspace.Retry.RunAsync("record outcomes", TimeSpan.MaxValue, async () =>
            {
                ObjectDisposedException.ThrowIf(_isGivenUp, this);
                request.Now = _keyspace.PinnedNow;
                var differences = await _keyspace.Scripts.RunAsync(request).ConfigureAwait(false);
                comesAgain = differences.Values.Any(static outcome => outcome is Outcome.Abandon or Outcome.Release);
                Report(request.Settlements, differences);
                return true;
            }, retryRefused: true).ConfigureAwait(false);
            OperationMetrics.Record("settle", "settle", since);
        }
        catch (Exception e)
        {
            OperationMetrics.Record("settle", "settle", since, failure: e);

            // The edge of a batch: whatever went wrong, its leases end by themselves and the next batch goes on.
            _logger.SettleFailed(e, request.Settlements.Count);
        }
        finally
        {
            foreach (var settlement in request.Settlements)
            {
                settlement.Lease.Queue.Remove(settlement.Lease);
            }

            request.Settlements.Clear();
        }

        return comesAgain;
    }

    private void Report(List<Settlement> settlements, IReadOnlyDictionary<int, Outcome> differences)
    {
        for (var i = 0; i < settlements.Count; i++)
        {
            var lease = settlements[i].Lease;
            var outcome = differences.Count > 0 && differences.TryGetValue(i, out var other) ? other : settlements[i].Outcome;
            if (outcome == Outcome.Abandon)
            {
                ReportRefused(lease);
            }
            else
            {
                ReportRecorded(lease.Delivery, outcome);
            }
        }
    }

    private void ReportRecorded(Delivery delivery, Outcome outcome)
    {
        _logger.OutcomeRecorded(delivery.Id, _group, outcome);
        DeliveryMetrics.Ended(delivery, OutcomeWords.Of(outcome));
        if (delivery.CancelOn is { } cancelOn && outcome is Outcome.Done or Outcome.Dead or Outcome.Cancel)
        {
            _release.Add(delivery.Id, cancelOn);
        }
    }

    private void ReportRefused(Lease lease)
    {
        lease.Interrupt(Interruption.LeaseLost);
        DeliveryMetrics.Ended(lease.Delivery, OutcomeWords.Lost);
        DeliveryMetrics.LeaseLost(_group);
        _logger.OutcomeRejected(lease.Delivery.Id, _group);
    }
}
