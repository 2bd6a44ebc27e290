using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
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
        Gauges.Add(_sender.Pending);
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
        where TEvent : notnull =>
        await PublishAllAsync(_events.CreateMany(payloads, options), isMixed: false, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync(
        IReadOnlyList<EventToPublish> events, CancellationToken cancellationToken = default) =>
        await PublishAllAsync(_events.CreateMany(events), isMixed: true, cancellationToken).ConfigureAwait(false);

    /// <summary>Accepts nothing more. Synchronous disposal does not wait for publishes under way.</summary>
    public void Dispose()
    {
        Gauges.Remove(_sender.Pending);
        foreach (var batcher in _batchers)
        {
            batcher.Close();
        }

        _unroutedTypes.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Gauges.Remove(_sender.Pending);
        foreach (var batcher in _batchers)
        {
            await batcher.DisposeAsync().ConfigureAwait(false);
        }

        await _unroutedTypes.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask<IReadOnlyList<PublishResult>> PublishAllAsync(
        OutgoingEvent[] events, bool isMixed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (events.Length == 0)
        {
            return ValueTask.FromResult<IReadOnlyList<PublishResult>>([]);
        }

        return PublishCall.IsWatched
            ? WatchAllAsync(events, isMixed, cancellationToken)
            : SendAllAsync(events, isMixed, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<PublishResult>> WatchAllAsync(
        OutgoingEvent[] events, bool isMixed, CancellationToken cancellationToken)
    {
        var call = PublishCall.Begin(events, _keyspace.Server, _batchers.Length == 1 ? 0 : null);
        try
        {
            var traced = call.Trace is null ? events : Array.ConvertAll(events, outgoing => outgoing.PublishedBy(call.Trace));
            var results = await SendAllAsync(traced, isMixed, cancellationToken).ConfigureAwait(false);
            call.End();
            return results;
        }
        catch (Exception e)
        {
            call.End(e);
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<PublishResult>> SendAllAsync(
        OutgoingEvent[] events, bool isMixed, CancellationToken cancellationToken)
    {
        var bulk = new BulkPublish(_sender, isMixed, cancellationToken);
        return _batchers is [var only]
            ? await bulk.SendAsync(events, only).ConfigureAwait(false)
            : await bulk.SendAsync(events, BatcherOf).ConfigureAwait(false);
    }

    private ValueTask<PublishResult> PublishOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken) =>
        PublishCall.IsWatched ? WatchOneAsync(outgoing, cancellationToken) : SendOneAsync(outgoing, cancellationToken);

    private async ValueTask<PublishResult> WatchOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        var call = PublishCall.Begin([outgoing], _keyspace.Server, _keyspace.PartitionOf(outgoing.Id).Index);
        try
        {
            var result = await SendOneAsync(outgoing.PublishedBy(call.Trace), cancellationToken).ConfigureAwait(false);
            call.End();
            return result;
        }
        catch (Exception e)
        {
            call.End(e);
            throw;
        }
    }

    private ValueTask<PublishResult> SendOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        var since = _sender.Now;
        var batcher = BatcherOf(outgoing);
        return batcher.IsOpen && outgoing.Options?.CancelOn is null && !cancellationToken.IsCancellationRequested
            ? new ValueTask<PublishResult>(_sender.SendAsync(batcher, outgoing, since, cancellationToken))
            : SendOneAsync(batcher, outgoing, since, cancellationToken);
    }

    private async ValueTask<PublishResult> SendOneAsync(
        PublishBatcher batcher, OutgoingEvent outgoing, long since, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _sender.OpenAsync(batcher, cancellationToken).ConfigureAwait(false);
        OutgoingEvent[] events = [outgoing];
        var outcome = await _sender.SendAsync(batcher, events, since, cancellationToken).ConfigureAwait(false);
        await _sender.SubscribeAsync(outcome.AcceptedOf(events), since).ConfigureAwait(false);
        return outcome.ResultOf(outgoing);
    }

    private PublishBatcher BatcherOf(OutgoingEvent outgoing) => _batchers[_keyspace.PartitionOf(outgoing.Id).Index];
}
