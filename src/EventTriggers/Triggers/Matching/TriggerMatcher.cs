using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// Handles the deliveries of the internal group '$triggers': fires the triggers that wait for the event's type. It is a consumer like
/// any other, so matching is claimed, retried and fenced like handling.
/// </summary>
internal sealed class TriggerMatcher(Keyspace keyspace, TriggerWriter triggers, IEventStore events, SubscriptionWriter watches, OutcomePolicy verdict, TriggerErrorReporter teller) : IDeliveryHandler
{
    /// <summary>The group's name; hosts cannot choose it, because '$' is refused.</summary>
    public const string Group = "$triggers";

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private readonly SubscriptionIndexes _indexes = new(keyspace, watches, teller);
    private readonly TriggerFirer _firer = new(keyspace, teller);

    public async ValueTask<Settlement> RunAsync(Lease lease)
    {
        try
        {
            await MatchAsync(lease).ConfigureAwait(false);
            return verdict.Of(lease, [], string.Empty, [], []);
        }
        catch (Exception e) when ((RedisFailures.IsRedis(e) || e is ForeignKeyException) && lease.Interruption == Interruption.None)
        {
            // Redis, perhaps another partition's, is not the event's fault, nor is what somebody has put under a key: it is tried again for as long as it takes.
            var limit = FirstRetry * Math.Pow(2, Math.Min(lease.Delivery.Attempt - 1, 5));
            return new Settlement(lease, Outcome.Retry) { Delay = limit * Random.Shared.NextDouble(), Failure = e };
        }
        catch (JsonException e)
        {
            // No attempt can read it.
            return verdict.Of(lease, [new UnreadablePayloadException(typeof(JsonElement), e)], "the matching of triggers", [], []);
        }
        catch (Exception e)
        {
            // The edge of the internal handler, the same as for a host's: a failure is an outcome.
            return verdict.Of(lease, [e], "the matching of triggers", [], []);
        }
    }

    private async ValueTask MatchAsync(Lease lease)
    {
        await _indexes.SweepAsync().ConfigureAwait(false);
        var delivery = lease.Delivery;
        var index = _indexes.Of(lease.Partition, delivery.Type);
        await index.EnsureAsync(delivery.Watch).ConfigureAwait(false);
        var matches = await index.MatchAsync(delivery).ConfigureAwait(false);
        if (matches.Count > 0)
        {
            await FireAsync(lease, index, matches).ConfigureAwait(false);
        }

        _indexes.DropIfEmpty(lease.Partition, delivery.Type, index);
    }

    private async ValueTask FireAsync(Lease lease, SubscriptionIndex index, IReadOnlyList<SubscribedTrigger> matches)
    {
        var (delivery, ended) = (lease.Delivery, new List<SubscribedTrigger>());
        var waiting = matches.ToLookup(static trigger => trigger.Watch.Role is SubscriptionRole.Cancel or SubscriptionRole.CancelEvent);
        foreach (var trigger in waiting[true])
        {
            lease.Token.ThrowIfCancellationRequested();
            await CancelAsync(trigger).ConfigureAwait(false);
            ended.Add(trigger);
        }

        var shown = new List<SubscribedTrigger>();
        foreach (var trigger in waiting[false])
        {
            if (trigger.Fires && delivery.Chain.Has(trigger.Mark))
            {
                await teller.TellAsync(trigger, delivery.Id, "the trigger itself led to that event, and does not fire again for it").ConfigureAwait(false);
            }
            else
            {
                shown.Add(trigger);
            }
        }

        var firing = shown.Count(static trigger => trigger.Fires);
        ThrowIfTooLong(delivery, firing);
        if (shown.Count > 0)
        {
            var matched = new MatchedEvent(delivery, firing, keyspace.Options.MaxPayloadBytes);
            var homes = shown.GroupBy(trigger => keyspace.PartitionOf(trigger.Watch.Id)).Select(home => _firer.FireAsync(home.Key, [.. home], matched, lease.Token).AsTask());

            // One partition's trouble holds up no other: all are waited for before the first failure is thrown.
            ended.AddRange((await Task.WhenAll(homes).ConfigureAwait(false)).SelectMany(static some => some));
        }

        await index.ForgetAsync(ended).ConfigureAwait(false);
        foreach (var trigger in ended.Where(trigger => keyspace.Partitions.Count > 1 || trigger.Rule?.NextType is not null))
        {
            // It watches elsewhere, too.
            await watches.RemoveAsync(trigger.Watch, new SubscribedType(delivery.Type, trigger.Pattern, trigger.Watch.Role, trigger.Watch.Expires)).ConfigureAwait(false);
        }
    }

    private void ThrowIfTooLong(Delivery delivery, int firing)
    {
        var chain = delivery.Chain;
        if (firing > 0 && chain.Depth >= keyspace.Options.MaxTriggerChain)
        {
            throw new UnmatchableException(
                $"A chain of {chain.Depth} triggers led to event '{delivery.Id}', and {firing} would go on with it; no chain may be longer (MaxTriggerChain). Do triggers wait for what they raise?");
        }

        if (chain.Depth > 0 && firing > chain.Left)
        {
            throw new UnmatchableException(
                $"A chain of {chain.Depth} triggers led to event '{delivery.Id}', which {firing} would fire for, but it may lead to {chain.Left} events more of the {TriggerChain.MostEvents} "
                + "that each event which a trigger raises may lead to. Do triggers wait for what they raise?");
        }
    }

    // Whatever the outcome is: what has fired or was handled already stays so.
    private async ValueTask CancelAsync(SubscribedTrigger trigger)
    {
        var watch = trigger.Watch;
        try
        {
            if (watch.Role == SubscriptionRole.CancelEvent)
            {
                await events.CancelAsync(watch.Id).ConfigureAwait(false);
            }
            else
            {
                await triggers.CancelAsync(watch.Id, watch.Version).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!RedisFailures.IsRedis(e) && e is not (StoreUnavailableException or OperationCanceledException))
        {
            // One trigger's edge: what is wrong with it holds up no other.
            await teller.TellUnreadableAsync(watch, e).ConfigureAwait(false);
        }
    }
}
