using System.Diagnostics.CodeAnalysis;
using EventTriggers;
using EventTriggers.Consuming.Execution;
using EventTriggers.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds middleware, which runs around handlers.</summary>
public static class MiddlewareBuilderExtensions
{
    /// <summary>
    /// Adds a middleware that runs around every handler of the bus, in all of its groups. It is resolved from the handler's own scope, so
    /// it may have scoped services and shares them with the handler; if it is not registered, it is added as scoped.
    /// </summary>
    /// <remarks>
    /// The middleware that is added first is the outermost. Implementations that you register as <see cref="IHandlerMiddleware"/>
    /// singletons take part in the same order; for a keyed bus, register them with its key.
    /// </remarks>
    /// <typeparam name="TMiddleware">The middleware's class.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">An earlier call added this middleware to the bus.</exception>
    public static IRedisTriggersBuilder AddMiddleware<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>(this IRedisTriggersBuilder builder)
        where TMiddleware : class, IHandlerMiddleware
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Registered<IHandlerMiddleware>().Any(static known => known is ResolvedMiddleware<TMiddleware>))
        {
            throw new InvalidOperationException($"{typeof(TMiddleware)} is already added as a middleware; add it once.");
        }

        builder.Services.TryAddScoped<TMiddleware>();
        builder.Register<IHandlerMiddleware>(new ResolvedMiddleware<TMiddleware>());
        return builder;
    }
}
