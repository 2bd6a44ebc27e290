using System.Text.Json;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// Handles the deliveries of the internal group '$triggers': fires the triggers that wait for the event's type. It is a consumer like any
/// other, so matching is claimed, retried and fenced like handling.
/// </summary>
internal sealed class TriggerMatcher(
    Keyspace keyspace,
    TriggerWriter triggers,
    IEventStore events,
    SubscriptionWriter subscriptions,
    OutcomePolicy policy,
    TriggerErrorReporter reporter) : IDeliveryHandler
{
    /// <summary>The group's name; hosts cannot choose it, because '$' is not allowed in names.</summary>
    public const string Group = "$triggers";

    private const string What = "the matching of triggers";

    private readonly SubscriptionIndexes _indexes = new(keyspace, subscriptions, reporter);
    private readonly TriggerFirer _firer = new(keyspace, reporter);

    public async ValueTask<Settlement> RunAsync(Lease lease, GroupSettings settings)
    {
        try
        {
            await MatchAsync(lease).ConfigureAwait(false);
            return policy.Decide(lease, settings, [], [], []);
        }
        catch (Exception e) when ((RedisFailures.IsRedis(e) || e is ForeignKeyException) && lease.Interruption == Interruption.None)
        {
            // A failure of Redis, perhaps in another partition, or a key of another type is not the event's fault: it is tried again for as
            // long as it takes.
            return OutcomePolicy.Postpone(lease, e);
        }
        catch (JsonException e)
        {
            // No attempt can read it.
            var unreadable = new UnreadablePayloadException(typeof(JsonElement), e);
            return policy.Decide(lease, settings, [new FailedHandler(What, unreadable)], [], []);
        }
        catch (Exception e)
        {
            // The edge of the internal handler, the same as for a host's: a failure is an outcome.
            return policy.Decide(lease, settings, [new FailedHandler(What, e)], [], []);
        }
    }

    private async ValueTask MatchAsync(Lease lease)
    {
        await _indexes.SweepAsync().ConfigureAwait(false);
        var delivery = lease.Delivery;
        var index = _indexes.GetOrAdd(lease.Partition, delivery.Type);
        await index.EnsureAsync(delivery.Watermark).ConfigureAwait(false);
        var matches = await index.MatchAsync(delivery).ConfigureAwait(false);
        if (matches.Count > 0)
        {
            var canceled = await CancelAsync(lease, matches).ConfigureAwait(false);
            var fired = await FireAsync(lease, matches).ConfigureAwait(false);
            await ForgetAsync(index, delivery.Type, [.. canceled, .. fired]).ConfigureAwait(false);
        }

        _indexes.DropIfEmpty(lease.Partition, delivery.Type, index);
    }

    // Cancels what the event cancels. Whatever the outcome is, the subscription has done its work.
    private async ValueTask<IReadOnlyList<SubscribedTrigger>> CancelAsync(Lease lease, IReadOnlyList<SubscribedTrigger> matches)
    {
        var canceling = matches.Where(static trigger => trigger.Subscription.Cancels).ToArray();
        foreach (var trigger in canceling)
        {
            lease.Token.ThrowIfCancellationRequested();
            await CancelAsync(trigger).ConfigureAwait(false);
        }

        return canceling;
    }

    private async ValueTask CancelAsync(SubscribedTrigger trigger)
    {
        var subscription = trigger.Subscription;
        try
        {
            if (subscription.Role == SubscriptionRole.CancelEvent)
            {
                await events.CancelAsync(subscription.Id).ConfigureAwait(false);
            }
            else
            {
                await triggers.CancelAsync(subscription.Id, subscription.Version).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!RedisFailures.IsRedis(e) && e is not (StoreUnavailableException or OperationCanceledException))
        {
            // One trigger's edge: what is wrong with it delays no other.
            await reporter.ReportFailureAsync(subscription, e).ConfigureAwait(false);
        }
    }

    // Answers the triggers that have ended.
    private async ValueTask<IEnumerable<SubscribedTrigger>> FireAsync(Lease lease, IReadOnlyList<SubscribedTrigger> matches)
    {
        var (delivery, shown) = (lease.Delivery, new List<SubscribedTrigger>());
        foreach (var trigger in matches.Where(static trigger => !trigger.Subscription.Cancels))
        {
            if (trigger.Fires && delivery.Chain.Has(trigger.Mark))
            {
                await reporter
                    .ReportAsync(trigger, delivery.Id, "the trigger itself led to that event, and does not fire again for it")
                    .ConfigureAwait(false);
            }
            else
            {
                shown.Add(trigger);
            }
        }

        var firing = shown.Count(static trigger => trigger.Fires);
        ThrowIfChainIsTooLong(delivery, firing);
        if (shown.Count == 0)
        {
            return [];
        }

        var matched = new MatchedEvent(delivery, firing, keyspace.Options.MaxPayloadBytes, keyspace.Partitions.Count);
        var homes = shown.GroupBy(trigger => keyspace.PartitionOf(trigger.Subscription.Id))
            .Select(home => _firer.FireAsync(home.Key, [.. home], matched, lease.Token).AsTask());

        // One partition's trouble delays no other: all are awaited before the first failure is thrown.
        return (await Task.WhenAll(homes).ConfigureAwait(false)).SelectMany(static ended => ended);
    }

    private async ValueTask ForgetAsync(SubscriptionIndex index, string type, IReadOnlyCollection<SubscribedTrigger> ended)
    {
        await index.ForgetAsync(ended).ConfigureAwait(false);
        foreach (var trigger in ended.Where(trigger => keyspace.Partitions.Count > 1 || trigger.Rule?.NextType is not null))
        {
            // Other partitions, or another type, have subscriptions of it as well.
            var subscription = trigger.Subscription;
            var subscribed = new SubscribedType(type, trigger.Pattern, subscription.Role, subscription.Expires);
            await subscriptions.RemoveAsync(subscription, subscribed).ConfigureAwait(false);
        }
    }

    private void ThrowIfChainIsTooLong(Delivery delivery, int firing)
    {
        if (delivery.Chain.FindProblem(delivery.Id, firing, keyspace.Options.MaxTriggerChain) is { } problem)
        {
            throw new UnmatchableException(problem);
        }
    }
}
