using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Batches;

/// <summary>Takes a batch of one group through a worker: it is handled, and the outcome of each delivery goes to be recorded.</summary>
/// <param name="group">The group, which has batch handlers.</param>
/// <param name="next">Claim what waits behind the first of a key, one for each partition.</param>
/// <param name="tracing">Begins their spans.</param>
/// <param name="options">How long leases last.</param>
/// <param name="timeProvider">The clock of leases.</param>
/// <param name="logger">Logs what no handler can answer for.</param>
/// <param name="standstill">Lets limits stand still where handlers ask for that.</param>
internal sealed class BatchExecutor(
    HostedGroup group, IReadOnlyList<NextClaimer> next, DeliveryTracing tracing, RedisTriggersOptions options, TimeProvider timeProvider,
    ILogger logger, Standstill standstill)
{
    private volatile bool _isClosed;

    /// <summary>From now on, batches begin with what they have.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Handles a batch, unless it goes on waiting for deliveries that fit into it.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="conclude">Sends the outcomes to be recorded; one after another, if the batch is in order.</param>
    public async ValueTask RunAsync(LeaseBatch batch, Func<LeaseBatch, IReadOnlyList<Settlement>, ValueTask> conclude)
    {
        var waits = false;
        try
        {
            if (batch is { IsInOrder: true, IsFull: false } && !_isClosed)
            {
                batch = await ClaimNextAsync(batch).ConfigureAwait(false);
                waits = batch.WaitsIn?.TryWait(batch) == true;
                if (waits)
                {
                    return;
                }
            }

            var result = await HandleAsync(batch).ConfigureAwait(false);
            standstill.Note(group.Name, result.Settlements);
            await conclude(batch, result.Settlements).ConfigureAwait(false);
            await result.Rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var lease in batch.Leases)
            {
                await lease.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            batch.Leases[0].Queue.FinishBatch(hasEnded: !waits);
        }
    }

    private async ValueTask<LeaseBatch> ClaimNextAsync(LeaseBatch batch)
    {
        var partition = batch.Leases[0].Partition.Index;
        try
        {
            return await next[partition].ClaimAsync(batch, group.Batches!.Table.TypesOf(batch.Handler)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The batch's edge: it goes on with what it has.
            logger.NextNotClaimed(e, partition);
            return batch;
        }
    }

    // What was gathered when the host began to stop is handled: it has begun, in a way.
    private async ValueTask<BatchResult> HandleAsync(LeaseBatch batch)
    {
        BatchTelemetry? telemetry = null;
        var settings = group.Settings;
        try
        {
            var handled = HeldOf(batch);
            var released = batch.Leases.Except(handled).Select(static lease => OutcomePolicy.Release(lease).NotBegun());
            if (handled.Length == 0)
            {
                return new BatchResult([.. released], Task.CompletedTask, Failure: null);
            }

            using var scope = logger.BeginScope(new BatchScope(options.KeyPrefix, group.Name, handled));
            telemetry = tracing.Begin(handled);
            var result = await group.Batches!.RunAsync(batch with { Leases = handled }, settings).ConfigureAwait(false);
            telemetry?.End(result);
            return result with { Settlements = [.. result.Settlements, .. released] };
        }
        catch (Exception e)
        {
            // The worker's edge, as for a delivery by itself.
            logger.WorkerFailed(e);
            var failed = new BatchResult(
                [.. batch.Leases.Select(lease => OutcomePolicy.DecideFailure(lease, e, settings))], Task.CompletedTask, e);
            telemetry?.End(failed);
            return failed;
        }
    }

    // In order, nothing is handled behind a delivery that another consumer may hold.
    private Lease[] HeldOf(LeaseBatch batch) => batch.IsInOrder
        ? [.. batch.Leases.TakeWhile(IsHeld)]
        : [.. batch.Leases.Where(IsHeld)];

    private bool IsHeld(Lease lease) => !lease.MayBeOver(timeProvider, options.LeaseDuration);
}
