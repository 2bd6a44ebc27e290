namespace EventTriggers;

/// <summary>Sends the events of one partition, through a few lanes side by side.</summary>
internal sealed class PublishPump : IAsyncDisposable
{
    // Enough to hide the round trip; more would only make batches smaller.
    private const int Senders = 4;

    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly Lane[] _lanes;
    private readonly Call[] _calls = [.. Enumerable.Range(0, Senders).Select(static _ => new Call())];
    private readonly Coalescer<PendingPublish> _coalescer;

    public PublishPump(Keyspace keyspace, Partition partition)
    {
        _keyspace = keyspace;
        _partition = partition;
        _lanes = [.. Enumerable.Range(0, Senders).Select(_ => partition.Rent())];
        _coalescer = new Coalescer<PendingPublish>(Senders, SendAsync);
    }

    public void Add(PendingPublish pending) => _coalescer.Add(pending);

    public void Close() => _coalescer.Close();

    public ValueTask DisposeAsync() => _coalescer.DisposeAsync();

    private async ValueTask SendAsync(int sender, List<PendingPublish> batch)
    {
        batch.RemoveAll(pending => !pending.TryTake() || HasWaitedTooLong(pending));
        if (batch.Count == 0)
        {
            return;
        }

        var lane = _lanes[sender];
        var call = _calls[sender].Clear().Key(_partition.Keys.Root).Key(_partition.Keys.Lanes);
        call.Add(_keyspace.PinnedNow).Add(_partition.ServerChannel).Add(lane.Name).Add(lane.Next()).Add(_keyspace.DeduplicationMs)
            .Add(batch.Sum(static pending => pending.Count));
        var events = batch.SelectMany(static pending => pending.Events);
        PublishArguments.AddKeys(call, _partition.Keys, events);
        PublishArguments.AddEvents(call, events);

        var left = _keyspace.Options.OperationTimeout - _keyspace.Patience.Since(batch.Min(static pending => pending.Since));
        var reply = PublishReply.Parse(await _keyspace.Patience.RunAsync("publish", left, () =>
            _keyspace.Scripts.RunForWordAsync(Script.Publish, call.Keys, call.Arguments)).ConfigureAwait(false));
        Complete(batch, reply.Repeated);
    }

    // Only an event with a chosen id was accepted before, and such an event is alone in what its caller gave.
    private static void Complete(List<PendingPublish> batch, IReadOnlyCollection<int> repeated)
    {
        var place = 0;
        foreach (var pending in batch)
        {
            pending.Complete(repeated.Count > 0 && repeated.Contains(place) ? PublishOutcome.Repeated : PublishOutcome.Accepted);
            place += pending.Count;
        }
    }

    // During an outage the queue grows behind the calls that are under way; its callers wait no longer than those of the calls.
    private bool HasWaitedTooLong(PendingPublish pending)
    {
        var limit = _keyspace.Options.OperationTimeout;
        if (_keyspace.Patience.Since(pending.Since) < limit)
        {
            return false;
        }

        pending.Fail(new StoreUnavailableException(
            $"Could not publish: Redis confirmed nothing within {limit}; nothing was changed.", mayHaveHappened: false, innerException: null));
        return true;
    }
}
