using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>The way of a delivery through a worker: it is handled, concluded once, and its outcome goes to be recorded.</summary>
internal sealed class DeliveryExecutor(Keyspace keyspace, Action<ConsumerGroup, Settlement> settle, TimeProvider timeProvider, ILogger logger)
{
    private volatile bool _isClosed;
    private int _released;

    /// <summary>Gets how many deliveries were given back.</summary>
    public int Released => Volatile.Read(ref _released);

    /// <summary>From now on what has not begun is given back.</summary>
    public void Close() => _isClosed = true;

    public async ValueTask RunAsync(ConsumerGroup group, Lease lease)
    {
        try
        {
            var settlement = await HandleAsync(group, lease).ConfigureAwait(false);
            try
            {
                Conclude(group, settlement);
            }
            finally
            {
                if (lease.IsSuspect)
                {
                    group.ReturnSuspect();
                }
            }

            await settlement.Rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await lease.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            group.Finish();
        }
    }

    /// <summary>Sends an outcome to be recorded, unless the delivery has one already.</summary>
    public void Conclude(ConsumerGroup group, Settlement settlement)
    {
        var lease = settlement.Lease;
        if (!lease.TryConclude())
        {
            return;
        }

        if (settlement.Outcome == Outcome.Abandon)
        {
            group.Drop(lease);
            return;
        }

        if (settlement.Outcome == Outcome.Release)
        {
            Interlocked.Increment(ref _released);
        }

        try
        {
            settle(group, settlement);
        }
        catch (Exception)
        {
            // What nobody records must not be renewed for ever.
            group.Drop(lease);
            throw;
        }
    }

    private async ValueTask<Settlement> HandleAsync(ConsumerGroup group, Lease lease)
    {
        try
        {
            if (lease.MayBeOver(timeProvider, keyspace.Options.LeaseDuration))
            {
                // Its claim was long on its way, or it could not be renewed: somebody else may have handled it by now. If not, it is as good with another claim.
                return new Settlement(lease, Outcome.Release) { Handled = lease.Delivery.Handled };
            }

            if (lease.Delivery.Unreadable is { } trouble)
            {
                logger.DeliveryUnreadable(Excerpt.Of(lease.Delivery.Id), group.Name, trouble);
                return new Settlement(lease, Outcome.Dead) { Failure = new UnreadableHashException(trouble), Handled = lease.Delivery.Handled };
            }

            return _isClosed
                ? new Settlement(lease, Outcome.Release) { Handled = lease.Delivery.Handled }
                : await group.Runner.RunAsync(lease).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The worker's edge: what the runner could not turn into an outcome must not end the worker, nor come back for ever.
            logger.WorkerFailed(e);
            return OutcomePolicy.OfTheEdge(lease, e, keyspace.Options);
        }
    }
}
