using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Triggers.Matching;

/// <summary>Lets the triggers over time of one partition observe events; one call carries those of many deliveries.</summary>
internal sealed class ObserveBatcher : IAsyncDisposable
{
    private const int Senders = 2;

    private readonly Keyspace _keyspace;
    private readonly ObserveRequest[] _requests;
    private readonly Coalescer<PendingObservation> _coalescer;

    public ObserveBatcher(Keyspace keyspace, Partition partition)
    {
        _keyspace = keyspace;
        _requests = [.. Enumerable.Range(0, Senders).Select(_ => new ObserveRequest
        {
            Partition = partition,
            DeduplicationMs = keyspace.DeduplicationMs,
            Retention = keyspace.EndedRetention,
            MostLiveKeys = keyspace.Options.MostLiveKeys,
        })];
        _coalescer = new Coalescer<PendingObservation>(Senders, SendAsync);
    }

    /// <summary>Lets a trigger observe an event.</summary>
    public Task<MatchReply> ObserveAsync(PendingObservation pending)
    {
        _coalescer.Add(pending);
        return pending.Reply;
    }

    public ValueTask DisposeAsync() => _coalescer.DisposeAsync();

    private async ValueTask SendAsync(int sender, List<PendingObservation> batch)
    {
        try
        {
            await SendAsync(_requests[sender], batch).ConfigureAwait(false);
        }
        catch (Exception e) when (batch.Count > 1 && RedisFailures.IsRejected(e))
        {
            // What is wrong with one of them fails no other.
            await Coalescer<PendingObservation>.SendEachAsync(batch, alone => SendAsync(_requests[sender], alone)).ConfigureAwait(false);
        }
    }

    private async ValueTask SendAsync(ObserveRequest request, List<PendingObservation> batch)
    {
        (request.Now, request.Observations) = (_keyspace.PinnedNow, batch);
        var replies = await _keyspace.Scripts.RunAsync(request).ConfigureAwait(false);
        for (var i = 0; i < batch.Count; i++)
        {
            Complete(batch[i], replies[i]);
        }
    }

    private void Complete(PendingObservation pending, MatchReply reply)
    {
        if (reply.Outcome == MatchOutcome.Again)
        {
            _coalescer.Add(pending);
        }
        else
        {
            pending.Complete(reply);
        }
    }
}
