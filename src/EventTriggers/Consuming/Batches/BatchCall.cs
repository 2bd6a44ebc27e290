using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Batches;

/// <summary>One call of a batch handler, in a scope of its own.</summary>
internal sealed class BatchCall(
    BatchHandler handler, IReadOnlyList<BatchItem> items, GroupSettings settings, HandlerServices services, ILogger logger)
{
    // How long a handler may take to end after its token is canceled.
    private static readonly TimeSpan CancellationTimeout = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<Exception?> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Gets what completes when it is known what has become of the batch, with its failure: when the handler has ended, or has not although
    /// its time is long over.
    /// </summary>
    public Task<Exception?> Decided => _decided.Task;

    /// <summary>Runs the handler until it has ended. It never throws.</summary>
    public async Task RunAsync()
    {
        var interruption = new BatchInterruption([.. items.Select(static item => item.Context.Lease)]);
        var failure = await HandleAsync(interruption.Token).ConfigureAwait(false);
        await interruption.DisposeAsync().ConfigureAwait(false);
        Decide(failure);
    }

    private async ValueTask<Exception?> HandleAsync(CancellationToken token)
    {
        Exception? failure = null;
        AsyncServiceScope? scope = null;
        try
        {
            scope = services.Scopes.CreateAsyncScope();
            var provider = scope.Value.ServiceProvider;
            if (settings.HandlerTimeout is { } limit)
            {
                await RunInTimeAsync(provider, limit, token).ConfigureAwait(false);
            }
            else
            {
                await handler.Registration.HandleAsync(items, provider, token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // The handler's edge: a failure is data.
            failure = e;
        }

        CloseItems();
        try
        {
            if (scope is { } begun)
            {
                await begun.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Its services failed to be disposed: what it did may be incomplete.
            failure ??= e;
        }

        return failure;
    }

    private async ValueTask RunInTimeAsync(IServiceProvider provider, TimeSpan limit, CancellationToken token)
    {
        using var timer = new CancellationTokenSource(limit, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(token, timer.Token);

        // On a thread of its own: a handler that blocks must not hold the one that watches it.
        var isStuck = false;
        var handling = Task.Run(() => handler.Registration.HandleAsync(items, provider, either.Token).AsTask(), CancellationToken.None);
        try
        {
            using var ended = new CancellationTokenSource();
            var tooLong = Task.Delay(limit + CancellationTimeout, services.Time, ended.Token);
            if (await Task.WhenAny(handling, tooLong).ConfigureAwait(false) == tooLong)
            {
                isStuck = true;
                services.Stuck.Add();
                logger.BatchHandlerStuck(handler.Name, items.Count, settings.Name, limit);
                Decide(new TimeoutException(
                    $"{handler.Name} ran longer than HandlerTimeout, {limit}, and ignores its cancellation token."));
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

    // What the handler does from now on counts for nothing.
    private void Decide(Exception? failure)
    {
        CloseItems();
        _decided.TrySetResult(failure);
    }

    private void CloseItems()
    {
        foreach (var item in items)
        {
            item.Close();
        }
    }
}
