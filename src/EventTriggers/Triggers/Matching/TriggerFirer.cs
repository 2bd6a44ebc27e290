using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Triggers.Matching;

/// <summary>Fires triggers of one partition for an event that they matched, or shows it to them where they go by time. What is wrong with one of them is told, and the others fire.</summary>
internal sealed class TriggerFirer(Keyspace keyspace, TriggerErrorReporter teller)
{
    private const int MostItems = 50;

    // A script writes the matched event once for each trigger.
    private const int MostWritten = 1024 * 1024;

    private readonly ConcurrentDictionary<int, ObserveBatcher> _pumps = new();

    /// <returns>Those that have ended.</returns>
    public async ValueTask<IReadOnlyList<SubscribedTrigger>> FireAsync(Partition home, IReadOnlyList<SubscribedTrigger> triggers, MatchedEvent matched, CancellationToken token)
    {
        var ended = new List<SubscribedTrigger>();
        await ForEachBatchAsync(triggers.Where(static trigger => trigger.Rule is null), static trigger => trigger, matched, async batch =>
        {
            token.ThrowIfCancellationRequested();
            ended.AddRange(await FireAsync(home, batch, matched).ConfigureAwait(false));
        }).ConfigureAwait(false);
        await ForEachBatchAsync(KeyedEvent.Of([.. triggers.Where(static trigger => trigger.Rule is not null)], matched.Delivery.Json), static one => one.Trigger, matched, async batch =>
        {
            token.ThrowIfCancellationRequested();
            var words = await Task.WhenAll(batch.Select(one => ShowAsync(home, one.Item, matched, one.Payload))).ConfigureAwait(false);
            ended.AddRange(await EndedAsync(batch.ConvertAll(static one => one.Item.Trigger), words, matched).ConfigureAwait(false));
        }).ConfigureAwait(false);
        return ended;
    }

    // Payloads are made as they are needed: all of them together may be much more than one event should take.
    private async ValueTask ForEachBatchAsync<T>(IEnumerable<T> items, Func<T, SubscribedTrigger> triggerOf, MatchedEvent matched, Func<List<(T Item, RedisValue Payload)>, ValueTask> run)
    {
        var (batch, written) = (new List<(T Item, RedisValue Payload)>(), 0L);
        foreach (var item in items)
        {
            if (await RenderAsync(triggerOf(item), matched).ConfigureAwait(false) is not { } payload)
            {
                continue;
            }

            batch.Add((item, payload));
            written += payload.Length() + matched.Source.Length;
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

    private async ValueTask<RedisValue?> RenderAsync(SubscribedTrigger trigger, MatchedEvent matched)
    {
        try
        {
            return matched.PayloadBy(trigger);
        }
        catch (FormatException e)
        {
            await teller.TellAsync(trigger, matched.Delivery.Id, Failures.MessageOf(e)).ConfigureAwait(false);
            return null;
        }
    }

    private async ValueTask<IReadOnlyList<SubscribedTrigger>> FireAsync(Partition home, List<(SubscribedTrigger Trigger, RedisValue Payload)> raised, MatchedEvent matched)
    {
        try
        {
            var words = await SendAsync(home, raised, matched).ConfigureAwait(false);
            return await EndedAsync([.. raised.Select(static one => one.Trigger)], words, matched).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (RedisFailures.Classify(e) == RedisFailure.Fatal)
        {
            if (raised.Count == 1)
            {
                await teller.TellAsync(raised[0].Trigger, matched.Delivery.Id, Excerpt.Of(Failures.MessageOf(e))).ConfigureAwait(false);
                return [];
            }

            // What is wrong with one of them fails no other.
            var ended = new List<SubscribedTrigger>();
            foreach (var one in raised)
            {
                ended.AddRange(await FireAsync(home, [one], matched).ConfigureAwait(false));
            }

            return ended;
        }
    }

    private async ValueTask<string[]> SendAsync(Partition home, List<(SubscribedTrigger Trigger, RedisValue Payload)> raised, MatchedEvent matched)
    {
        var call = new ScriptCall().Key(home.Keys.Root).Key(home.Keys.Triggers).Key(home.Keys.EndedTriggers);
        call.Add(keyspace.PinnedNow).Add(home.ServerChannel).Add(keyspace.DeduplicationMs).Add(keyspace.ProcessedRetention)
            .Add(matched.Delivery.PublishedMs).Add(matched.Source);
        foreach (var (trigger, payload) in raised)
        {
            var (watch, id) = (trigger.Watch, DerivedIds.Raised(trigger.Watch.Id, matched.Delivery.Id));
            call.Key(home.Keys.Trigger(watch.Id)).Key(home.Keys.Event(id)).Key(home.Keys.Seen(id))
                .Add(watch.Id).Add(watch.Version).Add(id).Add(payload).Add(matched.TrailBy(trigger));
        }

        return await keyspace.Scripts.RunForWordsAsync(Script.FireMatches, call.Keys, call.Arguments).ConfigureAwait(false);
    }

    private async Task<string> ShowAsync(Partition home, KeyedEvent one, MatchedEvent matched, RedisValue payload)
    {
        try
        {
            var pump = _pumps.GetOrAdd(home.Index, static (index, keyspace) => new ObserveBatcher(keyspace, keyspace.Partitions[index]), keyspace);
            return await pump.ShowAsync(one, matched, payload).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (RedisFailures.Classify(e) == RedisFailure.Fatal)
        {
            await teller.TellAsync(one.Trigger, matched.Delivery.Id, Excerpt.Of(Failures.MessageOf(e))).ConfigureAwait(false);
            return string.Empty;
        }
    }

    private async ValueTask<IReadOnlyList<SubscribedTrigger>> EndedAsync(List<SubscribedTrigger> triggers, string[] words, MatchedEvent matched)
    {
        var (ended, foreign) = (new List<SubscribedTrigger>(), (string?)null);
        for (var i = 0; i < words.Length; i++)
        {
            // What was given up is said alone, or behind another word.
            var said = words[i].Split(' ');
            teller.TellGivenUp(triggers[i].Watch.Id, said[^1]);
            foreign ??= said[0] == "foreign" ? triggers[i].Watch.Id : null;
            if (said[0] == "unreadable")
            {
                await teller.TellAsync(triggers[i], matched.Delivery.Id, "its hash holds what the library does not write").ConfigureAwait(false);
            }
            else if (said[0] is "ended" or "last")
            {
                ended.Add(triggers[i]);
            }
        }

        return foreign is null
            ? ended
            : throw new ForeignKeyException($"What trigger '{foreign}' keeps of events cannot be read: one of its keys holds something that EventTriggers did not write. Remove it.");
    }
}
