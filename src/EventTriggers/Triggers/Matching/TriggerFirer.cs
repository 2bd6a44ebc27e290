using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// Fires triggers of one partition for an event that they matched; triggers over time observe it. What is wrong with one of them is
/// reported, and the others fire.
/// </summary>
internal sealed class TriggerFirer(Keyspace keyspace, TriggerErrorReporter reporter)
{
    private const int MostItems = 50;

    // A script writes the matched event once for each trigger.
    private const int MostWritten = 1024 * 1024;

    private readonly ConcurrentDictionary<int, ObserveBatcher> _batchers = new();

    /// <summary>Fires the triggers.</summary>
    /// <returns>The triggers that have ended.</returns>
    public async ValueTask<IReadOnlyList<SubscribedTrigger>> FireAsync(
        Partition home, IReadOnlyList<SubscribedTrigger> triggers, MatchedEvent matched, CancellationToken token)
    {
        var ended = new List<SubscribedTrigger>();
        await ForEachBatchAsync(triggers.Where(static trigger => trigger.Rule is null), static trigger => trigger, matched, async batch =>
        {
            token.ThrowIfCancellationRequested();
            await FireAsync(home, batch, matched, ended).ConfigureAwait(false);
        }).ConfigureAwait(false);
        var observed = KeyedEvent.FromMatches([.. triggers.Where(static trigger => trigger.Rule is not null)], matched.Delivery.Json);
        await ForEachBatchAsync(observed, static one => one.Trigger, matched, async batch =>
        {
            token.ThrowIfCancellationRequested();
            var shown = batch.ConvertAll(static one => one.Item.Trigger);
            var spans = MatchSpans.Begin(keyspace, home, matched, shown);
            MatchReply[] replies = [];
            try
            {
                replies = await Task.WhenAll(batch.Select((one, i) =>
                    ObserveAsync(home, new PendingObservation(one.Item, matched, one.Payload, spans.TraceOf(i))))).ConfigureAwait(false);
            }
            finally
            {
                spans.End(replies);
            }

            await HandleAsync(shown, replies, matched, ended).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return ended;
    }

    // Payloads are rendered as they are needed: all of them together may be much more than one event should take.
    private async ValueTask ForEachBatchAsync<T>(
        IEnumerable<T> items,
        Func<T, SubscribedTrigger> triggerOf,
        MatchedEvent matched,
        Func<List<(T Item, ReadOnlyMemory<byte> Payload)>, ValueTask> run)
    {
        var (batch, written) = (new List<(T Item, ReadOnlyMemory<byte> Payload)>(), 0L);
        foreach (var item in items)
        {
            if (await RenderAsync(triggerOf(item), matched).ConfigureAwait(false) is not { } payload)
            {
                continue;
            }

            batch.Add((item, payload));
            written += payload.Length + matched.Source.Length;
            if (batch.Count == MostItems || written >= MostWritten)
            {
                await run(batch).ConfigureAwait(false);
                (batch, written) = ([], 0);
            }
        }

        if (batch.Count > 0)
        {
            await run(batch).ConfigureAwait(false);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> RenderAsync(SubscribedTrigger trigger, MatchedEvent matched)
    {
        try
        {
            return matched.Render(trigger);
        }
        catch (FormatException e)
        {
            await reporter.ReportAsync(trigger, matched.Delivery.Id, Failures.MessageOf(e)).ConfigureAwait(false);
            return null;
        }
    }

    private async ValueTask FireAsync(
        Partition home,
        List<(SubscribedTrigger Trigger, ReadOnlyMemory<byte> Payload)> batch,
        MatchedEvent matched,
        List<SubscribedTrigger> ended)
    {
        try
        {
            var firing = batch.ConvertAll(static one => one.Trigger);
            var spans = MatchSpans.Begin(keyspace, home, matched, firing);
            MatchReply[] replies = [];
            try
            {
                replies = await keyspace.Scripts.RunAsync(new FireMatchesRequest
                {
                    Partition = home,
                    Now = keyspace.PinnedNow,
                    DeduplicationMs = keyspace.DeduplicationMs,
                    Retention = keyspace.EndedRetention,
                    Matched = matched,
                    Triggers = batch,
                    Spans = spans,
                }).ConfigureAwait(false);
            }
            finally
            {
                spans.End(replies);
            }

            await HandleAsync(firing, replies, matched, ended).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRejected(e))
        {
            if (batch.Count == 1)
            {
                await ReportAsync(batch[0].Trigger, matched, e).ConfigureAwait(false);
                return;
            }

            // What is wrong with one of them fails no other.
            foreach (var one in batch)
            {
                await FireAsync(home, [one], matched, ended).ConfigureAwait(false);
            }
        }
    }

    // A trigger whose script was rejected neither ends nor drops anything.
    private async Task<MatchReply> ObserveAsync(Partition home, PendingObservation pending)
    {
        try
        {
            var batcher = _batchers.GetOrAdd(
                home.Index, static (index, keyspace) => new ObserveBatcher(keyspace, keyspace.Partitions[index]), keyspace);
            return await batcher.ObserveAsync(pending).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRejected(e))
        {
            await ReportAsync(pending.Event.Trigger, pending.Matched, e).ConfigureAwait(false);
            return new MatchReply(MatchOutcome.Rejected, DropReason.None);
        }
    }

    private ValueTask ReportAsync(SubscribedTrigger trigger, MatchedEvent matched, Exception failure) =>
        reporter.ReportAsync(trigger, matched.Delivery.Id, Excerpt.Of(Failures.MessageOf(failure)));

    // Reports what did not fire, and adds the triggers that have ended.
    private async ValueTask HandleAsync(
        List<SubscribedTrigger> triggers, MatchReply[] replies, MatchedEvent matched, List<SubscribedTrigger> ended)
    {
        string? foreign = null;
        for (var i = 0; i < replies.Length; i++)
        {
            var (trigger, reply) = (triggers[i], replies[i]);
            reporter.ReportDropped(trigger.Subscription.Id, reply.Dropped);
            switch (reply.Outcome)
            {
                case MatchOutcome.Ended or MatchOutcome.FiredLast:
                    ended.Add(trigger);
                    break;
                case MatchOutcome.Unreadable:
                    await reporter.ReportAsync(trigger, matched.Delivery.Id, "its hash holds what the library does not write")
                        .ConfigureAwait(false);
                    break;
                case MatchOutcome.Foreign:
                    foreign ??= trigger.Subscription.Id;
                    break;
            }
        }

        if (foreign is not null)
        {
            throw new ForeignKeyException(
                $"What trigger '{foreign}' keeps of events cannot be read: "
                + "one of its keys holds a value that EventTriggers did not write. Remove it.");
        }
    }
}
