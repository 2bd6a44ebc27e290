using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EventTriggers;

/// <summary>
/// Handles the deliveries of the internal group '$triggers': fires the triggers that wait for the event's type. It is a consumer like
/// any other, so matching is claimed, retried and fenced like handling.
/// </summary>
internal sealed class TriggerMatcher(Keyspace keyspace, TriggerWriter triggers, IEventStore events, WatchWriter watches, Verdict verdict, ILogger logger) : IDeliveryRunner
{
    /// <summary>The group's name; hosts cannot choose it, because '$' is refused.</summary>
    public const string Group = "$triggers";

    private const int Batch = 50;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(int Partition, string Type), WatchIndex> _indexes = new();
    private readonly ConcurrentDictionary<int, ObservePump> _pumps = new();
    private readonly GivenUp _givenUp = new(keyspace, logger);

    public async ValueTask<Settlement> RunAsync(Lease lease)
    {
        try
        {
            await MatchAsync(lease).ConfigureAwait(false);
            return verdict.Of(lease, [], string.Empty, [], []);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e) && lease.Interruption == Interruption.None)
        {
            // Redis, perhaps another partition's, is not the event's fault: it is tried again for as long as it takes.
            var limit = FirstRetry * Math.Pow(2, Math.Min(lease.Delivery.Attempt - 1, 5));
            return new Settlement(lease, Outcome.Retry) { Delay = limit * Random.Shared.NextDouble(), Failure = e };
        }
        catch (Exception e)
        {
            // The edge of the internal handler, the same as for a host's: a failure is an outcome.
            return verdict.Of(lease, [e], "the matching of triggers", [], []);
        }
    }

    private async ValueTask MatchAsync(Lease lease)
    {
        var delivery = lease.Delivery;
        var index = _indexes.GetOrAdd(
            (lease.Partition.Index, delivery.Type), static (at, matcher) => matcher.IndexOf(at.Partition, at.Type), this);
        await index.EnsureAsync(delivery.Watch).ConfigureAwait(false);
        var matches = await index.MatchAsync(delivery).ConfigureAwait(false);
        if (matches.Count == 0)
        {
            return;
        }

        var ended = new List<WatchedTrigger>();
        var waiting = matches.ToLookup(static trigger => trigger.Watch.Role is WatchRole.Cancel or WatchRole.CancelEvent);
        foreach (var trigger in waiting[true])
        {
            lease.Token.ThrowIfCancellationRequested();
            await CancelAsync(trigger.Watch).ConfigureAwait(false);
            ended.Add(trigger);
        }

        if (waiting[false].FirstOrDefault() is { } next && delivery.Depth >= keyspace.Options.MaxDepth)
        {
            throw new LoopException(delivery, next.Watch.Id);
        }

        using var matched = new MatchedEvent(delivery, keyspace.Options.MaxPayloadBytes, logger);
        foreach (var home in waiting[false].Where(matched.CanRender).GroupBy(trigger => keyspace.PartitionOf(trigger.Watch.Id.Value)))
        {
            foreach (var some in home.Where(static trigger => trigger.Rule is null).Chunk(Batch))
            {
                lease.Token.ThrowIfCancellationRequested();
                ended.AddRange(await FireAsync(home.Key, some, matched).ConfigureAwait(false));
            }

            lease.Token.ThrowIfCancellationRequested();
            ended.AddRange(await ObserveAsync(home.Key, Observation.Of(home, delivery.Json), matched).ConfigureAwait(false));
        }

        await index.ForgetAsync(ended).ConfigureAwait(false);
        foreach (var trigger in ended.Where(trigger => trigger.Watch.Role < WatchRole.Cancel && (keyspace.Partitions.Count > 1 || trigger.Rule?.NextType is not null)))
        {
            // It watches elsewhere, too.
            await watches.RemoveAsync(trigger.Watch, new WatchedType(delivery.Type, trigger.Pattern, trigger.Watch.Role, trigger.Watch.Expires)).ConfigureAwait(false);
        }
    }

    private WatchIndex IndexOf(int partition, string type) => new(keyspace, watches, keyspace.Partitions[partition], type, logger);

    // Whatever the outcome is: what has fired or was handled already stays so.
    private async ValueTask CancelAsync(Watch watch)
    {
        if (watch.Role == WatchRole.CancelEvent)
        {
            await events.CancelAsync(new EventId(watch.Id.Value)).ConfigureAwait(false);
        }
        else
        {
            await triggers.CancelAsync(watch.Id, watch.Version).ConfigureAwait(false);
        }
    }

    /// <returns>Those that have ended.</returns>
    private async ValueTask<IEnumerable<WatchedTrigger>> FireAsync(Partition home, WatchedTrigger[] triggers, MatchedEvent matched)
    {
        var call = new Call().Key(home.Keys.Root).Key(home.Keys.Triggers).Key(home.Keys.EndedTriggers);
        call.Add(keyspace.PinnedNow).Add(home.ServerChannel).Add(keyspace.DeduplicationMs).Add(keyspace.ProcessedRetention)
            .Add(matched.Delivery.PublishedMs).Add(matched.Source).Add(matched.Depth);
        foreach (var trigger in triggers)
        {
            var (watch, raised) = (trigger.Watch, DerivedIds.Raised(trigger.Watch.Id, matched.Delivery.Id).Value);
            call.Key(home.Keys.Trigger(watch.Id.Value)).Key(home.Keys.Event(raised)).Key(home.Keys.Seen(raised)).Add(watch.Id.Value).Add(watch.Version).Add(raised).Add(matched.PayloadOf(trigger));
        }

        var words = await keyspace.Scripts.RunForWordsAsync(Script.FireMatches, call.Keys, call.Arguments).ConfigureAwait(false);
        return triggers.Where((_, i) => words[i] is "ended" or "last");
    }

    /// <returns>Those that have ended.</returns>
    private async ValueTask<IEnumerable<WatchedTrigger>> ObserveAsync(Partition home, IReadOnlyList<Observation> observations, MatchedEvent matched)
    {
        var pump = _pumps.GetOrAdd(home.Index, static (index, keyspace) => new ObservePump(keyspace, keyspace.Partitions[index]), keyspace);
        var words = await Task.WhenAll(observations.Select(one => pump.ShowAsync(one, matched))).ConfigureAwait(false);
        for (var i = 0; i < words.Length; i++)
        {
            // What was given up is said alone, or behind another word.
            _givenUp.Tell(observations[i].Trigger.Watch.Id, words[i].Split(' ')[^1]);
        }

        return observations.Where((_, i) => words[i].Split(' ')[0] is "ended" or "last").Select(static one => one.Trigger);
    }
}
