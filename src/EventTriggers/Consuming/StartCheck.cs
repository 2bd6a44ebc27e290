using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Triggers;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming;

/// <summary>Checks the host's declarations before Redis is used. Declarations that cannot work end the start, all of them named.</summary>
internal sealed class StartCheck(
    IServiceScopeFactory scopes,
    IReadOnlyCollection<HandlerRegistration> handlers,
    IEnumerable<IHandlerMiddleware> middlewares,
    IReadOnlyCollection<DeclaredTrigger> triggers,
    Action<TriggerDefinition> checkTrigger)
{
    /// <exception cref="InvalidOperationException">Some declarations cannot work; the message names them all.</exception>
    public async ValueTask RunAsync()
    {
        var problems = new List<(string What, Exception Why)>();
        foreach (var definition in triggers.Select(static declared => declared.Trigger.Definition))
        {
            Try($"Declared trigger '{definition.Id}'", () => checkTrigger(definition), problems);
        }

        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            foreach (var handler in handlers.Where(static handler => handler.Name is not null))
            {
                Try($"Handler {handler.Name}", () => Resolve(handler.Resolve, scope.ServiceProvider), problems);
            }

            foreach (var middleware in middlewares.OfType<ScopedMiddleware>())
            {
                Try($"Middleware {middleware.MiddlewareType}", () => Resolve(middleware.Resolve, scope.ServiceProvider), problems);
            }
        }

        if (problems.Count > 0)
        {
            throw new InvalidOperationException(
                $"{problems.Count} declaration(s) of this host cannot work: "
                + $"{string.Join("; ", problems.Select(static problem => $"{problem.What}: {Failures.MessageOf(problem.Why)}"))}",
                problems.Count == 1 ? problems[0].Why : new AggregateException(problems.Select(static problem => problem.Why)));
        }
    }

    // Other failures of a constructor may be over when the first event comes; a service that is not registered stays missing.
    private static void Resolve(Action<IServiceProvider> resolve, IServiceProvider services)
    {
        try
        {
            resolve(services);
        }
        catch (Exception e) when (e is not InvalidOperationException)
        {
            // The edge of the host's constructor: the first delivery reports its failure.
        }
    }

    private static void Try(string what, Action check, List<(string What, Exception Why)> problems)
    {
        try
        {
            check();
        }
        catch (Exception e)
        {
            // The edge of one declaration: all that cannot work are named together.
            problems.Add((what, e));
        }
    }
}
