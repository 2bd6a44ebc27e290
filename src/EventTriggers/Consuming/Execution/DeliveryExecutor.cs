using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.RateLimits;
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
/// <param name="standstill">Lets limits stand still where handlers ask for that.</param>
/// <param name="batches">Runs the batches; <see langword="null"/> where the group has none.</param>
internal sealed class DeliveryExecutor(
    HostedGroup group, IReadOnlyList<Settler> settlers, DeliveryTracing tracing, RedisTriggersOptions options,
    TimeProvider timeProvider, ILogger logger, Standstill? standstill = null, BatchExecutor? batches = null)
{
    // A server that is away must not hold up a stopping host for longer: outcomes that are not recorded by then are decided again after the
    // lease.
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2.5);

    // A partition that is away must not keep the quarantined deliveries of others for longer.
    private static readonly TimeSpan QuarantineTimeout = TimeSpan.FromSeconds(1);

    private volatile bool _isClosed;
    private int _released;

    /// <summary>Gets how many deliveries were given back because the host stops, or because their leases or grants were too old.</summary>
    public int Released => Volatile.Read(ref _released);

    /// <summary>From now on, deliveries that no handler has begun are given back.</summary>
    public void Close()
    {
        _isClosed = true;
        batches?.Close();
    }

    public async ValueTask RunAsync(Lease lease)
    {
        if (lease.Batch is { } batch)
        {
            await batches!.RunAsync(batch, ConcludeAsync).ConfigureAwait(false);
            return;
        }

        try
        {
            var settlement = await HandleAsync(lease).ConfigureAwait(false);
            try
            {
                Conclude(settlement);
            }
            finally
            {
                await EndQuarantineAsync(lease).ConfigureAwait(false);
            }

            await settlement.Rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await lease.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (lease.IsGivenBack)
            {
                lease.Queue.ReturnWorkers(1);
            }
            else
            {
                lease.Queue.Finish();
            }
        }
    }

    /// <summary>Sends an outcome to be recorded, unless the delivery has one already.</summary>
    public void Conclude(Settlement settlement)
    {
        var lease = settlement.Lease;
        if (!IsToBeRecorded(settlement))
        {
            return;
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

    private bool IsToBeRecorded(Settlement settlement)
    {
        var lease = settlement.Lease;
        if (!lease.TryConclude())
        {
            return false;
        }

        if (settlement.Outcome == Outcome.Abandon)
        {
            DeliveryMetrics.Ended(lease.Delivery, OutcomeWords.Lost);
            lease.Queue.Remove(lease);
            return false;
        }

        if (settlement.Outcome == Outcome.Release && !lease.IsGivenBack)
        {
            Interlocked.Increment(ref _released);
        }

        return true;
    }

    private async ValueTask ConcludeAsync(LeaseBatch batch, IReadOnlyList<Settlement> settlements)
    {
        if (batch.IsInOrder)
        {
            await settlers[batch.Leases[0].Partition.Index].RecordAsync([.. settlements.Where(IsToBeRecorded)]).ConfigureAwait(false);
            return;
        }

        foreach (var settlement in settlements)
        {
            await TryConcludeAsync(settlement).ConfigureAwait(false);
        }
    }

    // What cannot be sent for one delivery of a batch must not keep the outcomes of the others.
    private async ValueTask TryConcludeAsync(Settlement settlement)
    {
        try
        {
            Conclude(settlement);
        }
        catch (Exception e)
        {
            logger.WorkerFailed(e);
        }
        finally
        {
            await EndQuarantineAsync(settlement.Lease).ConfigureAwait(false);
        }
    }

    // The next quarantined delivery may end the process at once: what came before it must not be lost with it, again and
    // again, because its outcome is not recorded.
    private async ValueTask EndQuarantineAsync(Lease lease)
    {
        if (!lease.IsQuarantined)
        {
            return;
        }

        using var ended = new CancellationTokenSource();
        await Task.WhenAny(lease.Removed, SafeDelay.ForAsync(QuarantineTimeout, timeProvider, ended.Token)).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        lease.Queue.ReturnQuarantine();
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
                return OutcomePolicy.Release(lease).NotBegun();
            }

            if (lease.Delivery.Unreadable is { } trouble)
            {
                logger.DeliveryUnreadable(Excerpt.Of(lease.Delivery.Id), lease.Delivery.Group, trouble);
                return OutcomePolicy.BuryUnreadable(lease, trouble).NotBegun();
            }

            if (_isClosed || lease.IsGivenBack || lease.HasStaleGrant(timeProvider))
            {
                return OutcomePolicy.Release(lease).NotBegun();
            }

            using var scope = logger.BeginScope(new DeliveryScope(options.KeyPrefix, lease.Delivery));
            telemetry = tracing.Begin(lease);
            var settlement = await group.Handler.RunAsync(lease, settings).ConfigureAwait(false);
            if (settlement.Failure is RetryLaterException)
            {
                standstill?.Note(group.Name, [settlement]);
            }

            return End(telemetry, settlement.Outcome == Outcome.Skip ? settlement.NotBegun() : settlement);
        }
        catch (Exception e)
        {
            // The worker's edge: what the handler could not turn into an outcome must not end the worker, nor come back for ever.
            logger.WorkerFailed(e);
            return End(telemetry, OutcomePolicy.DecideFailure(lease, e, settings));
        }
    }
}
