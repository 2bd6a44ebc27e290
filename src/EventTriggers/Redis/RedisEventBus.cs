namespace EventTriggers;

/// <summary>The bus: checks, serializes, and hands events to the pump of their partition.</summary>
internal sealed class RedisEventBus : IEventBus, IAsyncDisposable, IDisposable
{
    private readonly Keyspace _keyspace;
    private readonly OutgoingEvents _events;
    private readonly PublishPump[] _pumps;

    public RedisEventBus(Keyspace keyspace, OutgoingEvents events)
    {
        _keyspace = keyspace;
        _events = events;
        _pumps = [.. keyspace.Partitions.Select(partition => new PublishPump(keyspace, partition))];
    }

    public ValueTask<EventId> PublishAsync<TEvent>(
        TEvent payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull =>
        PublishOneAsync(_events.Create(payload, options), cancellationToken);

    public ValueTask<EventId> PublishRawAsync(
        string type, ReadOnlyMemory<byte> json, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        PublishOneAsync(_events.CreateRaw(type, json, options), cancellationToken);

    public async ValueTask<IReadOnlyList<EventId>> PublishManyAsync<TEvent>(
        IReadOnlyList<TEvent> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payloads);
        if (options?.Id is { } id && payloads.Count != 1)
        {
            throw new ArgumentException($"An id is for one event, but '{id}' was given for {payloads.Count}.", nameof(options));
        }

        OutgoingEvent[] events = [.. payloads.Select(payload => _events.Create(payload, options))];
        cancellationToken.ThrowIfCancellationRequested();
        await _keyspace.EnsureReadyAsync().ConfigureAwait(false);
        await Task.WhenAll(events.GroupBy(PumpOf).SelectMany(Chunks, (pump, chunk) => SendAsync(pump.Key, chunk, cancellationToken)))
            .ConfigureAwait(false);
        return Array.ConvertAll(events, static e => e.Id);
    }

    /// <summary>Takes nothing more. A provider that is disposed synchronously does not wait for what callers are still awaiting.</summary>
    public void Dispose()
    {
        foreach (var pump in _pumps)
        {
            pump.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pump in _pumps)
        {
            await pump.DisposeAsync().ConfigureAwait(false);
        }
    }

    // As many as go into one call: the pump never splits what one caller gave it together.
    private static IEnumerable<List<OutgoingEvent>> Chunks(IEnumerable<OutgoingEvent> events)
    {
        var chunk = new List<OutgoingEvent>();
        var bytes = 0;
        foreach (var outgoing in events)
        {
            if (chunk.Count > 0 && (chunk.Count == CallLimit.Items || bytes + outgoing.Size > CallLimit.Bytes))
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }

            chunk.Add(outgoing);
            bytes += outgoing.Size;
        }

        yield return chunk;
    }

    private Task SendAsync(PublishPump pump, IReadOnlyList<OutgoingEvent> events, CancellationToken cancellationToken)
    {
        var pending = new PendingPublish(events, _keyspace.Patience.Now, cancellationToken);
        pump.Add(pending);
        return pending.Accepted;
    }

    private async ValueTask<EventId> PublishOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _keyspace.EnsureReadyAsync().ConfigureAwait(false);
        await SendAsync(PumpOf(outgoing), [outgoing], cancellationToken).ConfigureAwait(false);
        return outgoing.Id;
    }

    private PublishPump PumpOf(OutgoingEvent outgoing) => _pumps[_keyspace.PartitionOf(outgoing.Id.Value).Index];
}
