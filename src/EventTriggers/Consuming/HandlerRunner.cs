using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers;

/// <summary>What handlers need: their scope, and how payloads are read and follow-ups made.</summary>
internal sealed record HandlerServices(IServiceScopeFactory Scopes, IEventSerializer Serializer, OutgoingEvents Events, TimeProvider Time);

/// <summary>Runs the host's handlers for a delivery in one fresh scope; those that succeeded on an earlier attempt are left out.</summary>
internal sealed class HandlerRunner(Handlers handlers, HandlerServices services, Verdict verdict, RedisTriggersOptions options)
    : IDeliveryRunner
{
    public async ValueTask<Settlement> RunAsync(Lease lease)
    {
        var wanted = handlers.Of(lease.Delivery.Type);
        if (wanted.Count == 0)
        {
            return verdict.Unwanted(lease);
        }

        var run = new Run(lease);
        try
        {
            var scope = services.Scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                foreach (var handler in wanted.Where(handler => !run.Handled.Contains(handler.Name)))
                {
                    await RunAsync(handler, run, scope.ServiceProvider).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            // The scope's services failed to be disposed: what the handlers did may be incomplete.
            run.Failures.Add(e);
        }

        return verdict.Of(lease, run.Failures, run.Handled, run.FollowUps);
    }

    private async ValueTask RunAsync(Handler handler, Run run, IServiceProvider provider)
    {
        var token = run.Lease.Token;
        try
        {
            token.ThrowIfCancellationRequested();
            var context = Open(handler, run.Lease.Delivery, provider);
            await RunInTimeAsync(handler, context, token).ConfigureAwait(false);
            run.Handled.Add(handler.Name);
            run.FollowUps.AddRange(context.FollowUps);
        }
        catch (Exception e)
        {
            // The handler's edge: a failure is data, and the other handlers still run.
            run.Failures.Add(e);
        }
    }

    private async ValueTask RunInTimeAsync(Handler handler, EventContext context, CancellationToken token)
    {
        if (options.HandlerTimeout is not { } limit)
        {
            await handler.Pipeline(context, token).ConfigureAwait(false);
            return;
        }

        using var timer = new CancellationTokenSource(limit, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(token, timer.Token);
        try
        {
            await handler.Pipeline(context, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested && !token.IsCancellationRequested)
        {
            throw new TimeoutException($"{handler.Name} ran longer than HandlerTimeout, {limit}.", e);
        }
    }

    private EventContext Open(Handler handler, Delivery delivery, IServiceProvider provider)
    {
        try
        {
            return handler.Registration.Open(delivery, services.Serializer, services.Events, provider);
        }
        catch (Exception e)
        {
            // Whatever the serializer throws, the bytes stay as they are and no attempt can read them.
            throw new UnreadablePayloadException(handler.Registration.PayloadType, e);
        }
    }

    private sealed class Run(Lease lease)
    {
        public Lease Lease => lease;

        public HashSet<string> Handled { get; } = new(lease.Delivery.Handled, StringComparer.Ordinal);

        public List<Exception> Failures { get; } = [];

        public List<OutgoingEvent> FollowUps { get; } = [];
    }
}
