using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Batches;

/// <summary>Runs the batch handlers of one group, and decides the outcome of each delivery.</summary>
/// <param name="table">The handlers.</param>
/// <param name="services">What they need.</param>
/// <param name="policy">Decides on deliveries.</param>
/// <param name="observer">Sees them begin and end; <see langword="null"/> for nobody.</param>
/// <param name="logger">Logs handlers that do not end.</param>
internal sealed class BatchInvoker(
    BatchTable table, HandlerServices services, OutcomePolicy policy, IBatchObserver? observer, ILogger logger)
{
    public BatchTable Table => table;

    /// <summary>Handles deliveries together. One that cannot be handled is left out, and has an outcome all the same.</summary>
    /// <param name="batch">The deliveries.</param>
    /// <param name="settings">The group's settings, by which all of the batch is judged.</param>
    public async ValueTask<BatchResult> RunAsync(LeaseBatch batch, GroupSettings settings)
    {
        var handler = batch.Handler;
        var settlements = new List<Settlement>(batch.Leases.Count);
        var items = OpenAll(batch, settings, settlements);
        if (items.Count == 0)
        {
            return new BatchResult(settlements, Task.CompletedTask, Failure: null);
        }

        items.ForEach(item => observer?.Begin(item.Context));
        var call = new BatchCall(handler, items, settings, services, logger);
        var running = call.RunAsync();
        var failure = await call.Decided.ConfigureAwait(false);
        items.ForEach(item => observer?.End(item.Context, item.Failure ?? failure));
        settlements.AddRange(items.Select(item => Decide(handler, item, settings, failure)));
        return new BatchResult(batch.IsInOrder ? InOrder(batch, settlements, settings) : settlements, running, failure);
    }

    private static Settlement[] InOrder(LeaseBatch batch, List<Settlement> settlements, GroupSettings settings)
    {
        var byLease = settlements.ToDictionary(static settlement => settlement.Lease);
        return [.. KeyOrder.Apply(batch.Leases.Select(lease => byLease[lease]), settings.Mode.HoldsDead)];
    }

    // Those that cannot be opened are settled; in order, so are those behind one that is to come again.
    private List<BatchItem> OpenAll(LeaseBatch batch, GroupSettings settings, List<Settlement> settlements)
    {
        var items = new List<BatchItem>(batch.Leases.Count);
        var passes = true;
        foreach (var lease in batch.Leases)
        {
            if (!passes)
            {
                settlements.Add(OutcomePolicy.Release(lease));
            }
            else if (TryOpen(batch.Handler, lease, settings, out var settlement) is { } item)
            {
                items.Add(item);
            }
            else
            {
                settlements.Add(settlement!);
                passes = !batch.IsInOrder || KeyOrder.Passes(settlement!, settings.Mode.HoldsDead);
            }
        }

        return items;
    }

    private BatchItem? TryOpen(BatchHandler handler, Lease lease, GroupSettings settings, out Settlement? settlement)
    {
        settlement = null;
        if (lease.Delivery.Unreadable is { } trouble)
        {
            logger.DeliveryUnreadable(Excerpt.Of(lease.Delivery.Id), lease.Delivery.Group, trouble);
            settlement = OutcomePolicy.BuryUnreadable(lease, trouble);
            return null;
        }

        try
        {
            return Open(handler, lease, settings);
        }
        catch (Exception e)
        {
            // The edge of one delivery: the others go on.
            settlement = policy.Decide(lease, settings, [new FailedHandler(handler.Name, e)], lease.Delivery.Handled, []);
            return null;
        }
    }

    private BatchItem Open(BatchHandler handler, Lease lease, GroupSettings settings)
    {
        lease.StopsInDoubt = settings.WhenLeaseIsInDoubt == LeaseDoubt.Cancel;
        if (settings.WhenLeaseIsInDoubt == LeaseDoubt.Cancel && lease.Left(services.Time, services.Options.LeaseDuration) <= TimeSpan.Zero)
        {
            lease.Doubt();
        }

        lease.Token.ThrowIfCancellationRequested();
        try
        {
            return handler.Registration.OpenItem(new HandlerProgress(lease, settings, services));
        }
        catch (Exception e) when (e is not UnreadablePayloadException)
        {
            // Whatever the serializer throws: the bytes stay as they are, so no attempt can read them.
            throw new UnreadablePayloadException(handler.Registration.PayloadType, e);
        }
    }

    private Settlement Decide(BatchHandler handler, BatchItem item, GroupSettings settings, Exception? failure)
    {
        var lease = item.Context.Lease;
        return (item.Failure ?? failure) is { } why
            ? policy.Decide(lease, settings, [new FailedHandler(handler.Name, why)], lease.Delivery.Handled, [])
            : policy.Decide(lease, settings, [], lease.Delivery.Handled, item.Close());
    }
}
