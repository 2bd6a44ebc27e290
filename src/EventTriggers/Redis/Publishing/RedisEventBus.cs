using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Redis.Publishing;

/// <summary>The bus: checks, serializes, and hands events to the pump of their partition.</summary>
internal sealed class RedisEventBus : IEventBus, IAsyncDisposable, IDisposable
{
    private const int MostUnderWay = 16;

    // What a publish that is waited for takes of this process's memory besides what it sends.
    private const int Overhead = 600;

    private readonly Keyspace _keyspace;
    private readonly OutgoingEvents _events;
    private readonly SubscriptionWriter _watches;
    private readonly UnroutedTypeMonitor _untaken;
    private readonly PublishBatcher[] _pumps;
    private readonly PublishBudget _budget;

    public RedisEventBus(
        Keyspace keyspace, OutgoingEvents events, SubscriptionWriter watches, TimeProvider timeProvider, ILogger<RedisEventBus>? logger = null)
    {
        _keyspace = keyspace;
        _watches = watches;
        _events = events;
        _untaken = new UnroutedTypeMonitor(keyspace, timeProvider, GuardedLogger.Wrap(logger));
        _pumps = [.. keyspace.Partitions.Select(partition => new PublishBatcher(keyspace, partition, _untaken))];
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

    public async ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync(IReadOnlyList<EventToPublish> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        var outgoing = new OutgoingEvent[events.Count];
        for (var i = 0; i < outgoing.Length; i++)
        {
            outgoing[i] = _events.Create(events[i] ?? throw new ArgumentException($"Event {i} of the list is null.", nameof(events)));
        }

        return await PublishAllAsync(outgoing, isMixed: true, cancellationToken).ConfigureAwait(false);
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

    // As many as go into one call: the pump never splits what one caller gave it together. Where each event has its own options, one with a chosen id, which may be repeated, or with what
    // cancels it, goes by itself.
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

    private async ValueTask<IReadOnlyList<PublishResult>> PublishAllAsync(OutgoingEvent[] events, bool isMixed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (events.Length == 0)
        {
            return [];
        }

        var tally = new PublishTally();
        await (_pumps.Length == 1
            ? SendAllAsync(_pumps[0], events, isMixed, tally, cancellationToken)
            : Task.WhenAll(events.GroupBy(PumpOf).Select(pump => SendAllAsync(pump.Key, [.. pump], isMixed, tally, cancellationToken)))).ConfigureAwait(false);
        return tally.Results(events);
    }

    // A few calls at a time: what they hold is bounded however long the list is. What fails is noted, and the other partitions go on.
    private async Task SendAllAsync(PublishBatcher pump, OutgoingEvent[] events, bool isMixed, PublishTally tally, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(pump, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The edge of one partition's part, as below: nothing was sent, and the caller is told why.
            tally.Note(events, PublishOutcome.NotAccepted);
            tally.Note(pump.Partition, e);
            return;
        }

        // Events that go by themselves are put together by the pump.
        var most = isMixed ? MostUnderWay * BatchLimits.Items : MostUnderWay;
        var underWay = new Queue<Task<bool>>();
        foreach (var chunk in Chunks(events, isMixed))
        {
            if (underWay.Count == most && !await underWay.Dequeue().ConfigureAwait(false))
            {
                // What comes later would wait as long in vain.
                tally.Note(events.Skip(chunk.Offset), PublishOutcome.NotAccepted);
                break;
            }

            underWay.Enqueue(TrySendAsync(pump, chunk, tally, cancellationToken));
        }

        await Task.WhenAll(underWay).ConfigureAwait(false);
    }

    // False when it failed.
    private async Task<bool> TrySendAsync(PublishBatcher pump, ArraySegment<OutgoingEvent> events, PublishTally tally, CancellationToken cancellationToken)
    {
        var (since, isAccepted) = (_keyspace.Retry.Now, false);
        try
        {
            if (await SendAsync(pump, events, since, cancellationToken).ConfigureAwait(false) is var outcome and not PublishOutcome.Accepted)
            {
                tally.Note(events, outcome);
            }

            isAccepted = true;
            await WatchAsync(events, since).ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            if (isAccepted)
            {
                tally.NoteUnwatched(events.Count);
            }
            else
            {
                tally.Note(events, PublishTally.OutcomeOf(e));
            }

            tally.Note(pump.Partition, e);
            return false;
        }
    }

    private async Task<PublishOutcome> SendAsync(PublishBatcher pump, ArraySegment<OutgoingEvent> events, long since, CancellationToken cancellationToken)
    {
        var pending = new PendingPublish(events, since, cancellationToken);
        var bytes = pending.Size + (events.Count * Overhead);
        try
        {
            if (!_budget.TryTake(pump.Partition, bytes))
            {
                throw new PublishBacklogFullException(
                    $"Could not publish: about {_budget.Waiting - bytes} bytes of this process are not confirmed by Redis yet, and at most {_keyspace.Options.MaxPendingPublishBytes} may be "
                    + "(MaxPendingPublishBytes). Nothing was changed. Await publishes before you start more, or raise the limit.");
            }

            pump.Add(pending);
            await pending.Accepted.ConfigureAwait(false);
            return pending.Outcome;
        }
        finally
        {
            _budget.Return(pump.Partition, bytes);
        }
    }

    private async ValueTask<PublishResult> PublishOneAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var since = _keyspace.Retry.Now;
        var pump = PumpOf(outgoing);
        await OpenAsync(pump, cancellationToken).ConfigureAwait(false);
        var events = new[] { outgoing };
        var outcome = await SendAsync(pump, events, since, cancellationToken).ConfigureAwait(false);
        await WatchAsync(events, since).ConfigureAwait(false);
        return new PublishResult(outgoing.Id, outcome);
    }

    // After they were accepted: what is not stored cannot be canceled. All of them have the same options.
    private async ValueTask WatchAsync(ArraySegment<OutgoingEvent> events, long since)
    {
        if (events[0].Options?.CancelOn is not { } cancellation)
        {
            return;
        }

        try
        {
            var type = cancellation.ToSubscribedType(SubscriptionRole.CancelEvent);
            await _watches.AddAsync(
                [.. events.Select(outgoing => type.ToSubscription(outgoing.Id, TriggerSubscription.EventVersion))],
                type,
                _keyspace.Retry.Begin(_keyspace.Options.OperationTimeout, since)).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            var which = events is [var one] ? $"Event '{one.Id}' is" : $"Events '{events[0].Id}' to '{events[^1].Id}' are";
            var what = events.Count == 1 ? "cancel it, or publish it again under its id" : "cancel those that must not happen";
            throw new StoreUnavailableException($"{which} published, but may not be cancelled by what should; {what}. {Failures.MessageOf(e)}", mayHaveHappened: true, e);
        }
    }

    private ValueTask OpenAsync(PublishBatcher pump, CancellationToken cancellationToken) =>
        _keyspace.GateOf(pump.Partition).OpenAsync("publish", _keyspace.Begin(cancellationToken));

    private PublishBatcher PumpOf(OutgoingEvent outgoing) => _pumps[_keyspace.PartitionOf(outgoing.Id).Index];
}
