using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Redis.Publishing;

/// <summary>Sends events of one partition that go together: within what may be pending, and with what cancels them.</summary>
internal sealed class PublishSender(Keyspace keyspace, SubscriptionWriter subscriptions)
{
    private readonly PublishBudget _budget = new(keyspace.Options.MaxPendingPublishBytes, keyspace.Partitions.Count);

    public long Now => keyspace.Retry.Now;

    /// <summary>Gets how much is published and not confirmed yet.</summary>
    public IPendingBytes Pending => _budget;

    /// <summary>Waits until the partition's keys are known to fit this process.</summary>
    public ValueTask OpenAsync(PublishBatcher batcher, CancellationToken cancellationToken) =>
        keyspace.GateOf(batcher.Partition).OpenAsync("publish", keyspace.Begin(cancellationToken));

    /// <summary>Publishes one event.</summary>
    /// <exception cref="PublishBacklogFullException">Too much is pending.</exception>
    /// <exception cref="StoreUnavailableException">Redis did not accept it in time.</exception>
    public Task<PublishResult> SendAsync(
        PublishBatcher batcher, OutgoingEvent outgoing, long since, CancellationToken cancellationToken)
    {
        var pending = new PendingEvent(_budget, batcher.Partition, since, outgoing);
        Add(batcher, pending, cancellationToken);
        return pending.Accepted;
    }

    /// <summary>Publishes events together.</summary>
    /// <exception cref="PublishBacklogFullException">Too much is pending.</exception>
    /// <exception cref="StoreUnavailableException">Redis did not accept them in time.</exception>
    public Task<PublishedPart> SendAsync(
        PublishBatcher batcher, ArraySegment<OutgoingEvent> events, long since, CancellationToken cancellationToken)
    {
        var pending = new PendingEvents(_budget, batcher.Partition, since, events);
        Add(batcher, pending, cancellationToken);
        return pending.Accepted;
    }

    /// <summary>
    /// Stores what cancels events, after they were accepted: what is not stored cannot be canceled. All of them have the same options.
    /// </summary>
    /// <exception cref="StoreUnavailableException">It could not be stored.</exception>
    public async ValueTask SubscribeAsync(ArraySegment<OutgoingEvent> events, long since)
    {
        if (events.Count == 0 || events[0].Options?.CancelOn is not { } cancellation)
        {
            return;
        }

        try
        {
            var deadline = keyspace.Retry.Begin(keyspace.Options.OperationTimeout, since);
            foreach (var type in cancellation.ToSubscribedTypes(SubscriptionRole.CancelEvent))
            {
                await subscriptions.AddAsync(
                    [.. events.Select(outgoing => type.ToSubscription(outgoing.Id, TriggerSubscription.EventVersion))], type, deadline)
                    .ConfigureAwait(false);
            }
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

    private void Add(PublishBatcher batcher, PendingPublish pending, CancellationToken cancellationToken)
    {
        var before = _budget.Waiting;
        if (pending.TryTakeRoom())
        {
            pending.WithdrawOn(cancellationToken);
            batcher.Add(pending);
            return;
        }

        pending.Fail(new PublishBacklogFullException(
            $"Could not publish: about {before} bytes of this process are not confirmed by Redis yet, and at most "
            + $"{keyspace.Options.MaxPendingPublishBytes} may be "
            + "(MaxPendingPublishBytes). Nothing was changed. Await publishes before you start more, or raise the limit."));
    }
}
