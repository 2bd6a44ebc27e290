using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Stores;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Redis.Publishing;

/// <summary>The bus: checks, serializes, and hands events to the batcher of their partition.</summary>
internal sealed class RedisEventBus : IEventBus, IAsyncDisposable, IDisposable
{
    private readonly Keyspace _keyspace;
    private readonly OutgoingEvents _events;
    private readonly UnroutedTypeMonitor _unroutedTypes;
    private readonly PublishBatcher[] _batchers;
    private readonly PublishSender _sender;

    public RedisEventBus(
        Keyspace keyspace, OutgoingEvents events, SubscriptionWriter subscriptions, TimeProvider timeProvider,
        ILogger<RedisEventBus>? logger = null)
    {
        _keyspace = keyspace;
        _events = events;
        _unroutedTypes = new UnroutedTypeMonitor(keyspace, timeProvider, GuardedLogger.Wrap(logger));
        _batchers = [.. keyspace.Partitions.Select(partition => new PublishBatcher(keyspace, partition, _unroutedTypes))];
        _sender = new PublishSender(keyspace, subscriptions);
    }

    public ValueTask<PublishResult> PublishAsync<TEvent>(
        TEvent payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull =>
        PublishOneAsync(_events.Create(payload, options), cancellationToken);

    public ValueTask<PublishResult> PublishRawAsync(
        string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        PublishOneAsync(_events.CreateRaw(type, payload, options), cancellationToken);

    public async ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync<TEvent>(
        IReadOnlyList<TEvent> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payloads);
        if (typeof(TEvent) == typeof(EventToPublish))
        {
            throw new ArgumentException("Each EventToPublish has its own options; call PublishManyAsync without options.", nameof(options));
        }

        if (options?.Id is { } id && payloads.Count != 1)
        {
            throw new ArgumentException($"An id is for one event, but '{id}' was given for {payloads.Count}.", nameof(options));
        }

        var events = new OutgoingEvent[payloads.Count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = _events.Create(payloads[i], options);
        }

        return await PublishAllAsync(events, isMixed: false, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync(
        IReadOnlyList<EventToPublish> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        var outgoing = new OutgoingEvent[events.Count];
        for (var i = 0; i < outgoing.Length; i++)
        {
            outgoing[i] = _events.Create(events[i] ?? throw new ArgumentException($"Event {i} of the list is null.", nameof(events)));
        }

        return await PublishAllAsync(outgoing, isMixed: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Accepts nothing more. Synchronous disposal does not wait for publishes under way.</summary>
    public void Dispose()
    {
        foreach (var batcher in _batchers)
        {
            batcher.Close();
        }

        _unroutedTypes.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var batcher in _batchers)
        {
            await batcher.DisposeAsync().ConfigureAwait(false);
        }

        await _unroutedTypes.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<PublishResult>> PublishAllAsync(
        OutgoingEvent[] events, bool isMixed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (events.Length == 0)
        {
            return [];
        }

        var bulk = new BulkPublish(_sender, isMixed, cancellationToken);
        return _batchers is [var only]
            ? await bulk.SendAsync(events, only).ConfigureAwait(false)
            : await bulk.SendAsync(events, BatcherOf).ConfigureAwait(false);
    }

    private async ValueTask<PublishResult> PublishOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var since = _sender.Now;
        var batcher = BatcherOf(outgoing);
        await _sender.OpenAsync(batcher, cancellationToken).ConfigureAwait(false);
        var events = new[] { outgoing };
        var outcome = await _sender.SendAsync(batcher, events, since, cancellationToken).ConfigureAwait(false);
        await _sender.SubscribeAsync(events, since).ConfigureAwait(false);
        return new PublishResult(outgoing.Id, outcome);
    }

    private PublishBatcher BatcherOf(OutgoingEvent outgoing) => _batchers[_keyspace.PartitionOf(outgoing.Id).Index];
}
