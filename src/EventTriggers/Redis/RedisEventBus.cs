using Microsoft.Extensions.Logging;

namespace EventTriggers;

/// <summary>The bus: checks, serializes, and hands events to the pump of their partition.</summary>
internal sealed class RedisEventBus : IEventBus, IAsyncDisposable, IDisposable
{
    private const int MostUnderWay = 16;

    // What a publish that is waited for takes of this process's memory besides what it sends.
    private const int Overhead = 600;

    private readonly Keyspace _keyspace;
    private readonly OutgoingEvents _events;
    private readonly WatchWriter _watches;
    private readonly UntakenTypes _untaken;
    private readonly PublishPump[] _pumps;
    private long _pendingBytes;

    public RedisEventBus(
        Keyspace keyspace, OutgoingEvents events, WatchWriter watches, TimeProvider timeProvider, ILogger<RedisEventBus>? logger = null)
    {
        _keyspace = keyspace;
        _watches = watches;
        _events = events;
        _untaken = new UntakenTypes(keyspace, timeProvider, GuardedLogger.Of(logger));
        _pumps = [.. keyspace.Partitions.Select(partition => new PublishPump(keyspace, partition, _untaken))];
    }

    public ValueTask<PublishResult> PublishAsync<TEvent>(
        TEvent payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull =>
        PublishOneAsync(_events.Create(payload, options), cancellationToken);

    public ValueTask<PublishResult> PublishRawAsync(
        string type, ReadOnlyMemory<byte> json, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        PublishOneAsync(_events.CreateRaw(type, json, options), cancellationToken);

    public async ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync<TEvent>(
        IReadOnlyList<TEvent> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payloads);
        if (options?.Id is { } id && payloads.Count != 1)
        {
            throw new ArgumentException($"An id is for one event, but '{id}' was given for {payloads.Count}.", nameof(options));
        }

        var events = new OutgoingEvent[payloads.Count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = _events.Create(payloads[i], options);
        }

        if (events is [var one])
        {
            return [await PublishOneAsync(one, cancellationToken).ConfigureAwait(false)];
        }

        cancellationToken.ThrowIfCancellationRequested();
        var since = _keyspace.Patience.Now;
        await (_pumps.Length == 1
            ? SendAllAsync(_pumps[0], events, cancellationToken)
            : Task.WhenAll(events.GroupBy(PumpOf).Select(pump => SendAllAsync(pump.Key, [.. pump], cancellationToken)))).ConfigureAwait(false);
        foreach (var outgoing in events)
        {
            await WatchAsync(outgoing, since).ConfigureAwait(false);
        }

        // An id of the caller's own is for one event: all others are new.
        return Array.ConvertAll(events, static e => new PublishResult(e.Id, PublishOutcome.Accepted));
    }

    /// <summary>Takes nothing more. A provider that is disposed synchronously does not wait for what callers are still awaiting.</summary>
    public void Dispose()
    {
        foreach (var pump in _pumps)
        {
            pump.Close();
        }

        _untaken.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pump in _pumps)
        {
            await pump.DisposeAsync().ConfigureAwait(false);
        }

        await _untaken.DisposeAsync().ConfigureAwait(false);
    }

    // As many as go into one call: the pump never splits what one caller gave it together.
    private static IEnumerable<ArraySegment<OutgoingEvent>> Chunks(OutgoingEvent[] events)
    {
        var (first, bytes) = (0, 0);
        for (var i = 0; i < events.Length; i++)
        {
            if (i > first && (i - first == CallLimit.Items || bytes + events[i].Size > CallLimit.Bytes))
            {
                yield return new ArraySegment<OutgoingEvent>(events, first, i - first);
                (first, bytes) = (i, 0);
            }

            bytes += events[i].Size;
        }

        yield return new ArraySegment<OutgoingEvent>(events, first, events.Length - first);
    }

    // A few calls at a time: what they hold is bounded however long the list is.
    private async Task SendAllAsync(PublishPump pump, OutgoingEvent[] events, CancellationToken cancellationToken)
    {
        var (underWay, accepted) = (new Queue<Task>(), false);
        await OpenAsync(pump, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var chunk in Chunks(events))
            {
                underWay.Enqueue(SendAsync(pump, chunk, _keyspace.Patience.Now, cancellationToken));
                if (underWay.Count == MostUnderWay)
                {
                    await underWay.Dequeue().ConfigureAwait(false);
                    accepted = true;
                }
            }

            await Task.WhenAll(underWay).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (!e.MayHaveHappened)
        {
            await Task.WhenAll(underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw accepted || underWay.Any(static call => call.IsCompletedSuccessfully)
                ? new StoreUnavailableException($"{Failures.MessageOf(e)} Some of the events before are accepted.", mayHaveHappened: true, e)
                : e;
        }
    }

    private async Task<PublishOutcome> SendAsync(PublishPump pump, ArraySegment<OutgoingEvent> events, long since, CancellationToken cancellationToken)
    {
        var pending = new PendingPublish(events, since, cancellationToken);
        var bytes = pending.Size + (events.Count * Overhead);
        var most = _keyspace.Options.MaxPendingPublishBytes;
        try
        {
            // What comes alone is let through however large it is.
            if (Interlocked.Add(ref _pendingBytes, bytes) is var waiting && waiting > most && waiting > bytes)
            {
                throw new StoreUnavailableException(
                    $"Could not publish: about {waiting - bytes} bytes wait to be confirmed by Redis, and at most {most} may (MaxPendingPublishBytes); nothing "
                    + "was changed. Await publishes, or make room for more.",
                    mayHaveHappened: false,
                    innerException: null);
            }

            pump.Add(pending);
            await pending.Accepted.ConfigureAwait(false);
            return pending.Outcome;
        }
        finally
        {
            Interlocked.Add(ref _pendingBytes, -bytes);
        }
    }

    private async ValueTask<PublishResult> PublishOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var since = _keyspace.Patience.Now;
        var pump = PumpOf(outgoing);
        await OpenAsync(pump, cancellationToken).ConfigureAwait(false);
        var outcome = await SendAsync(pump, new[] { outgoing }, since, cancellationToken).ConfigureAwait(false);
        await WatchAsync(outgoing, since).ConfigureAwait(false);
        return new PublishResult(outgoing.Id, outcome);
    }

    // After it was accepted: what nobody has stored is not there to be cancelled.
    private async ValueTask WatchAsync(OutgoingEvent outgoing, long since)
    {
        if (outgoing.Options?.CancelOn is not { } cancellation)
        {
            return;
        }

        try
        {
            var watched = cancellation.WatchedFor(WatchRole.CancelEvent);
            await _watches.AddAsync(watched.By(new TriggerId(outgoing.Id.Value), Watch.OfEvent), watched, _keyspace.Patience.Begin(_keyspace.Options.OperationTimeout, since)).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException($"Event '{outgoing.Id}' is published, but may not be cancelled by what should; cancel it, or publish it again under its id. {Failures.MessageOf(e)}", mayHaveHappened: true, e);
        }
    }

    private ValueTask OpenAsync(PublishPump pump, CancellationToken cancellationToken) =>
        _keyspace.GateOf(pump.Partition).OpenAsync("publish", _keyspace.Begin(cancellationToken));

    private PublishPump PumpOf(OutgoingEvent outgoing) => _pumps[_keyspace.PartitionOf(outgoing.Id.Value).Index];
}
