using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Publishing;

/// <summary>
/// Publishes the events of one call of <see cref="IEventBus"/>. isMixed: each event has its own options; otherwise all have the same.
/// </summary>
internal sealed class BulkPublish(PublishSender sender, bool isMixed, CancellationToken cancellationToken)
{
    private const int MostUnderWay = 16;

    private readonly PublishTally _tally = new();

    /// <summary>Publishes events of one partition.</summary>
    /// <exception cref="IncompletePublishException">Some were not accepted, or may not have been.</exception>
    public async ValueTask<IReadOnlyList<PublishResult>> SendAsync(OutgoingEvent[] events, PublishBatcher batcher)
    {
        await SendAllAsync(batcher, events).ConfigureAwait(false);
        return _tally.Results(events);
    }

    /// <summary>Publishes events of several partitions.</summary>
    /// <exception cref="IncompletePublishException">Some were not accepted, or may not have been.</exception>
    public async ValueTask<IReadOnlyList<PublishResult>> SendAsync(OutgoingEvent[] events, Func<OutgoingEvent, PublishBatcher> batcherOf)
    {
        await Task.WhenAll(events.GroupBy(batcherOf).Select(part => SendAllAsync(part.Key, [.. part]))).ConfigureAwait(false);
        return _tally.Results(events);
    }

    // As many as go into one call: the batcher never splits what one caller gave it together. Where each event has its own options, one
    // with a chosen id, which may be repeated, or with what cancels it, goes by itself.
    private IEnumerable<ArraySegment<OutgoingEvent>> Chunks(OutgoingEvent[] events)
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

    // A few calls at a time bound the memory, however long the list is. A failure is noted, and the other partitions go on.
    private async Task SendAllAsync(PublishBatcher batcher, OutgoingEvent[] events)
    {
        try
        {
            await sender.OpenAsync(batcher, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The edge of one partition's part, as below: nothing was sent, and the caller gets the reason.
            _tally.Note(events, PublishOutcome.NotAccepted);
            _tally.Note(batcher.Partition, e);
            return;
        }

        // Events with keys or names are accepted in their order: each call waits for the one before. Events that go by themselves are put
        // together by the batcher.
        var hasKeys = Array.Exists(events, static one => one.Options is { Key: not null } or { Unique: not null });
        var most = hasKeys ? 1 : isMixed ? MostUnderWay * BatchLimits.Items : MostUnderWay;
        var underWay = new Queue<Task<bool>>();
        foreach (var chunk in Chunks(events))
        {
            if (underWay.Count == most && !await underWay.Dequeue().ConfigureAwait(false))
            {
                // Later events would wait as long in vain.
                _tally.Note(events.Skip(chunk.Offset), PublishOutcome.NotAccepted);
                break;
            }

            underWay.Enqueue(TrySendAsync(batcher, chunk));
        }

        await Task.WhenAll(underWay).ConfigureAwait(false);
    }

    // False if it failed.
    private async Task<bool> TrySendAsync(PublishBatcher batcher, ArraySegment<OutgoingEvent> events)
    {
        var (since, isAccepted) = (sender.Now, false);
        try
        {
            var outcome = await sender.SendAsync(batcher, events, since, cancellationToken).ConfigureAwait(false);
            _tally.Note(events, outcome);
            isAccepted = true;
            await sender.SubscribeAsync(outcome.AcceptedOf(events), since).ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            if (isAccepted)
            {
                _tally.NoteUnsubscribed(events.Count);
            }
            else
            {
                _tally.Note(events, PublishTally.OutcomeOf(e));
            }

            _tally.Note(batcher.Partition, e);
            return false;
        }
    }
}
