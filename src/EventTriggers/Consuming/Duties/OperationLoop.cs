using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Advances the bulk operations of one partition, step by step, beside its loop. It asks nothing while it knows of none: a message when an
/// operation begins, and the sweep once a minute, tell it.
/// </summary>
internal sealed class OperationLoop(
    Keyspace keyspace, Partition partition, string consumer, TriggerWriter triggers, Signal signal, ILogger logger)
{
    /// <summary>The message to all consumers that says that an operation has begun.</summary>
    public const string Announcement = "*";

    // After this silence of the consumer that takes the steps, another goes on.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    // Until a message.
    private static readonly TimeSpan Idle = TimeSpan.FromDays(1);

    private int _failures;

    /// <summary>Says that there may be an operation.</summary>
    public void Wake() => signal.Set();

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await signal.WaitAsync(Idle, stoppingToken).ConfigureAwait(false);
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = TimeProvider.System.GetTimestamp();
            var next = await TryAdvanceAsync(stoppingToken).ConfigureAwait(false);
            if (next > TimeSpan.Zero)
            {
                await signal.WaitAsync(next, stoppingToken).ConfigureAwait(false);
            }
            else
            {
                // The server has as much time for others as a step takes.
                var took = TimeProvider.System.GetElapsedTime(began);
                await SafeDelay.ForAsync(took, TimeProvider.System, stoppingToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes the next step, if one is due.</summary>
    /// <returns>How long there is nothing more to do unless a message comes.</returns>
    public async ValueTask<TimeSpan> AdvanceAsync()
    {
        var step = await keyspace.Scripts.RunAsync(new AdvanceOperationRequest
        {
            Partition = partition,
            Now = keyspace.PinnedNow,
            Consumer = consumer,
            Silence = Silence,
            Age = RedisOperationStore.Retention,
            Retention = keyspace.EndedRetention,
        }).ConfigureAwait(false);
        foreach (var trigger in step.Unsubscribe)
        {
            await triggers.TryUnsubscribeAsync(trigger).ConfigureAwait(false);
        }

        if (step is { Id: { } id, IsOver: true })
        {
            logger.OperationCompleted(id, step.Kind, partition.Index, step.Examined, step.Changed);
        }

        return step.Next ?? Idle;
    }

    private async ValueTask<TimeSpan> TryAdvanceAsync(CancellationToken stoppingToken)
    {
        try
        {
            var next = await AdvanceAsync().AsTask().WaitAsync(stoppingToken).ConfigureAwait(false);
            _failures = 0;
            return next;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (Exception e)
        {
            // The loop's edge: whatever went wrong, the operation goes on where it was.
            if (_failures++ == 0)
            {
                logger.OperationFailed(e, partition.Index, Failures.MessageOf(e));
            }

            return RedisRetry.Backoff(_failures);
        }
    }
}
