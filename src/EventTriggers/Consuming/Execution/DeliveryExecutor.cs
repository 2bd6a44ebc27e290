using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Takes a delivery of one group through a worker: it is handled, its outcome is decided once, and that goes to be recorded.
/// </summary>
/// <param name="group">The group.</param>
/// <param name="settlers">Record their outcomes, one for each partition.</param>
/// <param name="tracing">Begins their spans.</param>
/// <param name="options">How long leases last.</param>
/// <param name="timeProvider">The clock of leases.</param>
/// <param name="logger">Logs what no handler can answer for.</param>
internal sealed class DeliveryExecutor(
    HostedGroup group, IReadOnlyList<Settler> settlers, DeliveryTracing tracing, RedisTriggersOptions options,
    TimeProvider timeProvider, ILogger logger)
{
    // A server that is away must not hold up a stopping host for longer: outcomes that are not recorded by then are decided again after the
    // lease.
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2.5);

    private volatile bool _isClosed;
    private int _released;

    /// <summary>Gets how many deliveries were given back.</summary>
    public int Released => Volatile.Read(ref _released);

    /// <summary>From now on, deliveries that no handler has begun are given back.</summary>
    public void Close() => _isClosed = true;

    public async ValueTask RunAsync(Lease lease)
    {
        try
        {
            var settlement = await HandleAsync(lease).ConfigureAwait(false);
            try
            {
                Conclude(settlement);
            }
            finally
            {
                if (lease.IsQuarantined)
                {
                    lease.Queue.ReturnQuarantine();
                }
            }

            await settlement.Rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await lease.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            lease.Queue.Finish();
        }
    }

    /// <summary>Sends an outcome to be recorded, unless the delivery has one already.</summary>
    public void Conclude(Settlement settlement)
    {
        var lease = settlement.Lease;
        if (!lease.TryConclude())
        {
            return;
        }

        if (settlement.Outcome == Outcome.Abandon)
        {
            DeliveryMetrics.Ended(lease.Delivery, OutcomeWords.Lost);
            lease.Queue.Remove(lease);
            return;
        }

        if (settlement.Outcome == Outcome.Release)
        {
            Interlocked.Increment(ref _released);
        }

        try
        {
            settlers[lease.Partition.Index].Add(settlement);
        }
        catch (Exception)
        {
            // A delivery whose outcome is not recorded must not be renewed for ever.
            lease.Queue.Remove(lease);
            throw;
        }
    }

    /// <summary>Records the outcomes that are still to be recorded, and gives up those that cannot be recorded in time.</summary>
    public async Task FlushAsync()
    {
        var flushing = Task.WhenAll(settlers.Select(static settler => settler.DisposeAsync().AsTask()));
        await flushing.WaitAsync(FlushTimeout, timeProvider, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var settler in settlers)
        {
            settler.GiveUp();
        }
    }

    private static Settlement End(DeliveryTelemetry? telemetry, Settlement settlement)
    {
        telemetry?.End(settlement);
        return settlement;
    }

    private async ValueTask<Settlement> HandleAsync(Lease lease)
    {
        DeliveryTelemetry? telemetry = null;
        var settings = group.Settings;
        try
        {
            if (lease.MayBeOver(timeProvider, options.LeaseDuration))
            {
                // Its claim was long on its way, or it could not be renewed: another consumer may have handled the delivery by now. If not,
                // another claim serves as well.
                return OutcomePolicy.Release(lease);
            }

            if (lease.Delivery.Unreadable is { } trouble)
            {
                logger.DeliveryUnreadable(Excerpt.Of(lease.Delivery.Id), lease.Delivery.Group, trouble);
                return OutcomePolicy.BuryUnreadable(lease, trouble);
            }

            if (_isClosed)
            {
                return OutcomePolicy.Release(lease);
            }

            using var scope = logger.BeginScope(new DeliveryScope(options.KeyPrefix, lease.Delivery));
            telemetry = tracing.Begin(lease);
            return End(telemetry, await group.Handler.RunAsync(lease, settings).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // The worker's edge: what the handler could not turn into an outcome must not end the worker, nor come back for ever.
            logger.WorkerFailed(e);
            return End(telemetry, OutcomePolicy.DecideFailure(lease, e, settings));
        }
    }
}
