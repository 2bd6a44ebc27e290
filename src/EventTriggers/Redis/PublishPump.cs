using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Sends the events of one partition, through a few lanes side by side.</summary>
internal sealed class PublishPump : IAsyncDisposable
{
    // Enough to hide the round trip; more would only make batches smaller.
    private const int Senders = 4;

    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly Lane[] _lanes;
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

        var keys = new List<RedisKey> { _partition.Keys.Root, _partition.Keys.Lanes };
        var arguments = new List<RedisValue>
        {
            _keyspace.PinnedNow, _partition.ServerChannel, _lanes[sender].Name, _lanes[sender].Next(),
            (long)_keyspace.Options.DeduplicationWindow.TotalMilliseconds,
        };
        foreach (var outgoing in batch.SelectMany(static pending => pending.Events))
        {
            PublishArguments.Add(outgoing, _partition.Keys, keys, arguments);
        }

        var (allKeys, allArguments) = (keys.ToArray(), arguments.ToArray());
        var left = _keyspace.Options.OperationTimeout - _keyspace.Patience.Since(batch.Min(static pending => pending.Since));
        var word = await _keyspace.Patience.RunAsync("publish", left, () =>
            _keyspace.Scripts.RunForWordAsync(Script.Publish, allKeys, allArguments)).ConfigureAwait(false);
        if (word != "ok")
        {
            throw word.Split(' ') is [var key, var type]
                ? RedisKeys.Misused(key, type)
                : new InvalidOperationException($"publish.lua answered '{word}'.");
        }

        batch.ForEach(static pending => pending.Complete());
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
