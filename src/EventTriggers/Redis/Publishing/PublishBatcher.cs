using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Publishing;

/// <summary>Sends the events of one partition through a few lanes side by side.</summary>
internal sealed class PublishBatcher : IAsyncDisposable
{
    // Enough to hide the round trip; more would only make batches smaller.
    private const int Senders = 4;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(50);

    private readonly Keyspace _keyspace;
    private readonly UnroutedTypeMonitor _unroutedTypes;
    private readonly Partition _partition;
    private readonly PartitionGate _gate;
    private readonly Lane[] _lanes;
    private readonly (PublishRequest Plain, PublishUniqueRequest Unique)[] _requests;
    private readonly Coalescer<PendingPublish> _coalescer;
    private readonly RetriedCall _publish;
    private readonly Timer _timer;
    private int _isWatched;

    public PublishBatcher(Keyspace keyspace, Partition partition, UnroutedTypeMonitor unroutedTypes)
    {
        _keyspace = keyspace;
        _unroutedTypes = unroutedTypes;
        (_partition, _gate) = (partition, keyspace.GateOf(partition));
        _lanes = [.. Enumerable.Range(0, Senders).Select(_ => partition.Rent())];
        var (remembered, most) = (keyspace.DeduplicationMs, MaxReady(keyspace));
        _requests = Array.ConvertAll(_lanes, _ => (
            new PublishRequest { Partition = partition, DeduplicationMs = remembered, MaxReady = most },
            new PublishUniqueRequest { Partition = partition, DeduplicationMs = remembered, MaxReady = most }));
        _coalescer = new Coalescer<PendingPublish>(Senders, SendAsync);
        _publish = new RetriedCall("publish", partition.Keys.Root) { IsAwaitedToItsEnd = true };
        _timer = new Timer(static self => ((PublishBatcher)self!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public Partition Partition => _partition;

    /// <summary>Gets a value indicating whether the partition is known to be usable.</summary>
    public bool IsOpen => _gate.IsOpen;

    public void Add(PendingPublish pending)
    {
        _coalescer.Add(pending);
        if (Volatile.Read(ref _isWatched) == 0)
        {
            Watch(Topology.Patience);
        }
    }

    public void Close() => _coalescer.Close();

    public async ValueTask DisposeAsync()
    {
        await _coalescer.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    // The partition's share.
    private static RedisValue MaxReady(Keyspace keyspace) => keyspace.Options.MaxReadyPerGroup is { } most
        ? (most - 1) / keyspace.Partitions.Count + 1
        : RedisValue.EmptyString;

    private async ValueTask SendAsync(int sender, List<PendingPublish> batch)
    {
        if (!_keyspace.Retry.IsConnected(_publish) && !await ConnectAsync(sender, batch).ConfigureAwait(false))
        {
            return;
        }

        PublishRequest? request = null;
        var deadline = TimeSince(batch.Max(static pending => pending.Since));
        try
        {
            Complete(batch, await _keyspace.Retry.RunAsync(_publish, deadline, () =>
            {
                // Only when the call is sent: until then each publish can be withdrawn.
                request ??= Take(sender, batch);
                return batch.Count == 0 ? ValueTask.FromResult(PublishReply.AllAccepted) : _keyspace.Scripts.RunAsync(request);
            }).ConfigureAwait(false));
        }
        catch (Exception e) when (batch.Count > 1 && e is ForeignKeyException or PublishRefusedException)
        {
            // Nothing was written, because a key that some of them need holds a value of another type, or a group has no room for some of
            // them. The others need neither.
            await Coalescer<PendingPublish>.SendEachAsync(batch, alone => SendAloneAsync(sender, alone, deadline)).ConfigureAwait(false);
        }
        finally
        {
            request?.Events.Clear();
        }
    }

    private async ValueTask SendAloneAsync(int sender, List<PendingPublish> alone, Deadline deadline)
    {
        var request = Fill(sender, alone);
        Complete(
            alone, await _keyspace.Retry.RunAsync(_publish, deadline, () => _keyspace.Scripts.RunAsync(request)).ConfigureAwait(false));
    }

    // Only an event with a chosen id can be a repeat, and such an event is alone in its publish.
    private void Complete(List<PendingPublish> batch, PublishReply reply)
    {
        _unroutedTypes.Note(_partition, reply.Untaken);
        var place = 0;
        foreach (var pending in batch)
        {
            pending.Complete(PublishedPart.From(reply, place, pending.Count));
            place += pending.Count;
        }
    }

    // False when all callers have withdrawn meanwhile, or have waited too long.
    private async ValueTask<bool> ConnectAsync(int sender, List<PendingPublish> batch)
    {
        await _keyspace.Retry.ConnectAsync(
            _publish,
            TimeSince(batch.Max(static pending => pending.Since)),
            () => _coalescer.RemoveAll(sender, static pending => pending.IsOver) > 0).ConfigureAwait(false);
        return batch.Count > 0;
    }

    private PublishRequest Take(int sender, List<PendingPublish> batch)
    {
        _coalescer.RemoveAll(sender, static pending => !pending.TryTake());
        return Fill(sender, batch);
    }

    private PublishRequest Fill(int sender, List<PendingPublish> batch)
    {
        var request = batch.Exists(static pending => pending.IsUnique) ? _requests[sender].Unique : _requests[sender].Plain;
        request.Enter(_lanes[sender]);
        request.Now = _keyspace.PinnedNow;
        request.Events.Clear();
        foreach (var pending in batch)
        {
            pending.AddTo(request.Events);
        }

        return request;
    }

    private Deadline TimeSince(long since) => _keyspace.Retry.Begin(_keyspace.Options.OperationTimeout, since);

    // One timer serves all that wait; none runs while nothing waits.
    private void Watch(TimeSpan left)
    {
        if (Interlocked.Exchange(ref _isWatched, 1) == 0)
        {
            // A little later, because a call that ends by itself at that time knows better what happened.
            _timer.Change(left + Grace, Timeout.InfiniteTimeSpan);
        }
    }

    // A publish is abandoned when its caller's time is over, even while its call waits for another step. A publish without an answer for a
    // while makes the client look for the server again.
    private void Expire()
    {
        Volatile.Write(ref _isWatched, 0);
        var (over, next, isLate) = (new List<PendingPublish>(), TimeSpan.MaxValue, false);
        _coalescer.ForEach(pending =>
        {
            var left = TimeSince(pending.Since).Left;
            if (left == TimeSpan.Zero)
            {
                over.Add(pending);
            }
            else
            {
                next = left < next ? left : next;
                isLate |= _keyspace.Retry.Since(pending.Since) >= Topology.Patience;
            }
        });
        over.ForEach(pending => pending.Expire(_keyspace.Options.OperationTimeout));
        if (isLate)
        {
            _keyspace.Topology.Ask();
        }

        if (next < TimeSpan.MaxValue)
        {
            Watch(next < Topology.Patience ? next : Topology.Patience);
        }
    }
}
