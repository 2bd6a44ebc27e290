using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Redis.Publishing;

/// <summary>The bus: checks, serializes, and hands events to the batcher of their partition.</summary>
internal sealed class RedisEventBus : IEventBus, IAsyncDisposable, IDisposable
{
    private const int MostUnderWay = 16;

    // The memory of a pending publish, besides its events.
    private const int Overhead = 600;

    private readonly Keyspace _keyspace;
    private readonly OutgoingEvents _events;
    private readonly SubscriptionWriter _subscriptions;
    private readonly UnroutedTypeMonitor _unroutedTypes;
    private readonly PublishBatcher[] _batchers;
    private readonly PublishBudget _budget;

    public RedisEventBus(
        Keyspace keyspace, OutgoingEvents events, SubscriptionWriter watches, TimeProvider timeProvider,
        ILogger<RedisEventBus>? logger = null)
    {
        _keyspace = keyspace;
        _subscriptions = watches;
        _events = events;
        _unroutedTypes = new UnroutedTypeMonitor(keyspace, timeProvider, GuardedLogger.Wrap(logger));
        _batchers = [.. keyspace.Partitions.Select(partition => new PublishBatcher(keyspace, partition, _unroutedTypes))];
        _budget = new PublishBudget(keyspace.Options.MaxPendingPublishBytes, keyspace.Partitions.Count);
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

    // As many as go into one call: the batcher never splits what one caller gave it together. Where each event has its own options, one
    // with a chosen id, which may be repeated, or with what cancels it, goes by itself.
    private static IEnumerable<ArraySegment<OutgoingEvent>> Chunks(OutgoingEvent[] events, bool isMixed)
    {
        var (first, bytes) = (0, 0);
        for (var i = 0; i < events.Length; i++)
        {
            var isApart = isMixed && i > first && (IsAlone(events[i]) || IsAlone(events[i - 1]));
            if (i > first && (isApart || i - first == BatchLimits.Items || bytes + events[i].Size > BatchLimits.Bytes))
            {
                yield return new ArraySegment<OutgoingEvent>(events, first, i - first);
                (first, bytes) = (i, 0);
            }

            bytes += events[i].Size;
        }

        yield return new ArraySegment<OutgoingEvent>(events, first, events.Length - first);
    }

    private static bool IsAlone(OutgoingEvent outgoing) => outgoing.Options is { IdWasChosen: true } or { CancelOn: not null };

    private async ValueTask<IReadOnlyList<PublishResult>> PublishAllAsync(
        OutgoingEvent[] events, bool isMixed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (events.Length == 0)
        {
            return [];
        }

        var tally = new PublishTally();
        await (_batchers.Length == 1
            ? SendAllAsync(_batchers[0], events, isMixed, tally, cancellationToken)
            : Task.WhenAll(
                events.GroupBy(BatcherOf)
                    .Select(batcher => SendAllAsync(batcher.Key, [.. batcher], isMixed, tally, cancellationToken)))).ConfigureAwait(false);
        return tally.Results(events);
    }

    // A few calls at a time bound the memory, however long the list is. A failure is noted, and the other partitions go on.
    private async Task SendAllAsync(
        PublishBatcher batcher, OutgoingEvent[] events, bool isMixed, PublishTally tally, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(batcher, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The edge of one partition's part, as below: nothing was sent, and the caller gets the reason.
            tally.Note(events, PublishOutcome.NotAccepted);
            tally.Note(batcher.Partition, e);
            return;
        }

        // Events that go by themselves are put together by the batcher.
        var most = isMixed ? MostUnderWay * BatchLimits.Items : MostUnderWay;
        var underWay = new Queue<Task<bool>>();
        foreach (var chunk in Chunks(events, isMixed))
        {
            if (underWay.Count == most && !await underWay.Dequeue().ConfigureAwait(false))
            {
                // Later events would wait as long in vain.
                tally.Note(events.Skip(chunk.Offset), PublishOutcome.NotAccepted);
                break;
            }

            underWay.Enqueue(TrySendAsync(batcher, chunk, tally, cancellationToken));
        }

        await Task.WhenAll(underWay).ConfigureAwait(false);
    }

    // False if it failed.
    private async Task<bool> TrySendAsync(
        PublishBatcher batcher, ArraySegment<OutgoingEvent> events, PublishTally tally, CancellationToken cancellationToken)
    {
        var (since, isAccepted) = (_keyspace.Retry.Now, false);
        try
        {
            if (await SendAsync(
                batcher, events, since, cancellationToken).ConfigureAwait(false) is var outcome and not PublishOutcome.Accepted)
            {
                tally.Note(events, outcome);
            }

            isAccepted = true;
            await SubscribeAsync(events, since).ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            if (isAccepted)
            {
                tally.NoteUnsubscribed(events.Count);
            }
            else
            {
                tally.Note(events, PublishTally.OutcomeOf(e));
            }

            tally.Note(batcher.Partition, e);
            return false;
        }
    }

    private async Task<PublishOutcome> SendAsync(
        PublishBatcher batcher, ArraySegment<OutgoingEvent> events, long since, CancellationToken cancellationToken)
    {
        var pending = new PendingPublish(events, since, cancellationToken);
        var bytes = pending.Size + (events.Count * Overhead);
        try
        {
            if (!_budget.TryTake(batcher.Partition, bytes))
            {
                throw new PublishBacklogFullException(
                    $"Could not publish: about {_budget.Waiting - bytes} bytes of this process are not confirmed by Redis yet, and at most "
                    + $"{_keyspace.Options.MaxPendingPublishBytes} may be "
                    + "(MaxPendingPublishBytes). Nothing was changed. Await publishes before you start more, or raise the limit.");
            }

            batcher.Add(pending);
            await pending.Accepted.ConfigureAwait(false);
            return pending.Outcome;
        }
        finally
        {
            _budget.Return(batcher.Partition, bytes);
        }
    }

    private async ValueTask<PublishResult> PublishOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var since = _keyspace.Retry.Now;
        var batcher = BatcherOf(outgoing);
        await OpenAsync(batcher, cancellationToken).ConfigureAwait(false);
        var events = new[] { outgoing };
        var outcome = await SendAsync(batcher, events, since, cancellationToken).ConfigureAwait(false);
        await SubscribeAsync(events, since).ConfigureAwait(false);
        return new PublishResult(outgoing.Id, outcome);
    }

    // After they were accepted: what is not stored cannot be canceled. All of them have the same options.
    private async ValueTask SubscribeAsync(ArraySegment<OutgoingEvent> events, long since)
    {
        if (events[0].Options?.CancelOn is not { } cancellation)
        {
            return;
        }

        try
        {
            var type = cancellation.ToSubscribedType(SubscriptionRole.CancelEvent);
            await _subscriptions.AddAsync(
                [.. events.Select(outgoing => type.ToSubscription(outgoing.Id, TriggerSubscription.EventVersion))],
                type,
                _keyspace.Retry.Begin(_keyspace.Options.OperationTimeout, since)).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            var which = events is [var one] ? $"Event '{one.Id}' is" : $"Events '{events[0].Id}' to '{events[^1].Id}' are";
            var what = events.Count == 1 ? "cancel it, or publish it again under its id" : "cancel those that must not happen";
            throw new StoreUnavailableException(
                $"{which} published, but may not be canceled by the events that should do so; {what}. {Failures.MessageOf(e)}",
                mayHaveHappened: true, e);
        }
    }

    private ValueTask OpenAsync(PublishBatcher batcher, CancellationToken cancellationToken) =>
        _keyspace.GateOf(batcher.Partition).OpenAsync("publish", _keyspace.Begin(cancellationToken));

    private PublishBatcher BatcherOf(OutgoingEvent outgoing) => _batchers[_keyspace.PartitionOf(outgoing.Id).Index];
}
