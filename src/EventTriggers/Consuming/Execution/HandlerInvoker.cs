using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Runs the host's handlers for a delivery, each in a scope of its own, except those that succeeded on an earlier attempt.
/// </summary>
internal sealed class HandlerInvoker(HandlerTable handlers, HandlerServices services, OutcomePolicy policy, ILogger logger)
    : IDeliveryHandler
{
    // How long a handler may take to end after its token is canceled.
    private static readonly TimeSpan CancellationTimeout = TimeSpan.FromSeconds(5);

    public async ValueTask<Settlement> RunAsync(Lease lease, GroupSettings settings)
    {
        var wanted = handlers.Find(lease.Delivery.Type);
        if (wanted.Count == 0)
        {
            return policy.Skip(lease);
        }

        var run = new HandlerProgress(lease, settings, services);
        var stuck = HasTimeLimit(wanted, settings) ? run.WatchForStuck() : null;
        var running = RunAsync(run, wanted);
        if (stuck is not null)
        {
            await Task.WhenAny(running, stuck.Task).ConfigureAwait(false);
        }

        // Not by which of the two ended first: a handler that returns just after it was given up has not published its follow-ups.
        if (!run.IsStuck)
        {
            await running.ConfigureAwait(false);

            // Only another attempt has to know which handlers have succeeded.
            var hasSucceeded = run.Failures.Count == 0 && !lease.Delivery.HasGivenUp;
            return policy.Decide(lease, settings, run.Failures, hasSucceeded ? [] : run.Handled, run.FollowUps);
        }

        var (handler, failure) = await stuck!.Task.ConfigureAwait(false);
        var failed = new FailedHandler(handler.Name, failure, handler.Registration.Options);
        var settlement = policy.Decide(lease, settings, [.. run.Failures, failed], run.Handled.ToArray(), run.FollowUps.ToArray());
        settlement.Rest = running;
        return settlement;
    }

    private static bool HasTimeLimit(IReadOnlyList<Handler> wanted, GroupSettings settings)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            if (wanted[i].TimeLimit(settings) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private async Task RunAsync(HandlerProgress run, IReadOnlyList<Handler> wanted)
    {
        // Not after a handler that was given up: by now the delivery belongs to another attempt.
        for (var i = 0; i < wanted.Count && !run.IsStuck; i++)
        {
            if (run.Lease.Delivery.IsOver(wanted[i].Name))
            {
                continue;
            }

            if (wanted.Count == 1)
            {
                await RunAsync(wanted[i], run).ConfigureAwait(false);
            }
            else
            {
                await TraceAsync(wanted[i], run).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask TraceAsync(Handler handler, HandlerProgress run)
    {
        var (span, failures) = (HandlerSpan.Begin(handler.Name, run.Lease.Delivery), run.Failures.Count);
        await RunAsync(handler, run).ConfigureAwait(false);
        Spans.Stop(span, run.Failures.Count > failures ? run.Failures[^1].Exception : null);
    }

    private async ValueTask RunAsync(Handler handler, HandlerProgress run)
    {
        var token = run.Lease.Token;
        EventContext? context = null;
        var succeeded = false;
        try
        {
            Guard(run, handler);
            token.ThrowIfCancellationRequested();
            context = Open(handler, run);
            var pipeline = handler.TimeLimit(run.Settings) is { } limit
                ? RunInTimeAsync(handler, context, run, limit)
                : handler.Pipeline(context, token);
            await pipeline.ConfigureAwait(false);
            succeeded = true;
        }
        catch (Exception e)
        {
            // The handler's edge: a failure is data, and the other handlers still run.
            run.Fail(handler, e);
        }

        if (context is not null)
        {
            await EndAsync(handler, context, run, succeeded).ConfigureAwait(false);
        }
    }

    private void Guard(HandlerProgress run, Handler handler)
    {
        var (lease, stops) = (run.Lease, handler.StopsInDoubt(run.Settings));
        lease.StopsInDoubt = stops;
        if (stops && lease.Left(services.Time, services.Options.LeaseDuration) <= TimeSpan.Zero)
        {
            // Since an earlier handler of this delivery began.
            lease.Doubt();
        }
    }

    // Each handler has an outcome of its own, so the next one does not see what this one has left in its scope's services.
    private static async ValueTask EndAsync(Handler handler, EventContext context, HandlerProgress run, bool succeeded)
    {
        var followUps = context.Close();
        try
        {
            await context.EndScopeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Its services failed to be disposed: what it did may be incomplete.
            context.FailScope(e);
            run.Fail(handler, e);
            return;
        }

        if (succeeded && context.PutOff is { } later)
        {
            run.Fail(handler, later);
        }
        else if (succeeded)
        {
            run.Succeed(handler, followUps);
        }
    }

    private async ValueTask RunInTimeAsync(Handler handler, EventContext context, HandlerProgress run, TimeSpan limit)
    {
        var token = run.Lease.Token;
        using var timer = new CancellationTokenSource(limit, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(token, timer.Token);

        // On a thread of its own: a handler that blocks must not hold the one that watches it.
        var isStuck = false;
        var handling = Task.Run(() => handler.Pipeline(context, either.Token).AsTask(), CancellationToken.None);
        try
        {
            using var ended = new CancellationTokenSource();
            var tooLong = Task.Delay(limit + CancellationTimeout, services.Time, ended.Token);
            if (await Task.WhenAny(handling, tooLong).ConfigureAwait(false) == tooLong)
            {
                services.Stuck.Add();
                isStuck = true;
                logger.HandlerStuck(handler.Name, run.Lease.Delivery.Id, limit);
                context.Close();
                run.Stuck!.SetResult((handler, new TimeoutException(
                    $"{handler.Name} ran longer than HandlerTimeout, {limit}, and ignores its cancellation token.")));
            }

            await ended.CancelAsync().ConfigureAwait(false);
            await handling.ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested && !token.IsCancellationRequested)
        {
            throw new TimeoutException($"{handler.Name} ran longer than HandlerTimeout, {limit}.", e);
        }
        finally
        {
            if (isStuck)
            {
                services.Stuck.Remove();
            }
        }
    }

    private static EventContext Open(Handler handler, HandlerProgress run)
    {
        try
        {
            return handler.Registration.Open(run);
        }
        catch (Exception e) when (e is not UnreadablePayloadException)
        {
            // Whatever the serializer throws: the bytes stay as they are, so no attempt can read them.
            throw new UnreadablePayloadException(handler.Registration.PayloadType, e);
        }
    }
}
