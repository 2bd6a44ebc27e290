using System.Diagnostics.CodeAnalysis;
using EventTriggers;
using EventTriggers.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds batch handlers, which handle several events in one call.</summary>
public static class BatchBuilderExtensions
{
    /// <summary>
    /// Adds a batch handler class: it handles several events in one call. It is resolved from its own scope for each batch; if it is not
    /// registered, it is added as scoped.
    /// </summary>
    /// <remarks>
    /// In a group a type has either one batch handler or handlers of single events. A batch takes one worker of
    /// <see cref="GroupOptions.Concurrency"/> while it is handled, and none while it is gathered. Middleware does not run around batch
    /// handlers.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <typeparam name="THandler">The handler's class.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets when a batch begins; <see langword="null"/> for the defaults.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The wire name, or an option, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// These events have a handler in this group already, or another payload type has this wire name.
    /// </exception>
    public static IRedisTriggersBuilder AddBatchHandler<
        TEvent, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IRedisTriggersBuilder builder, Action<BatchOptions>? configure = null, string? type = null)
        where TEvent : notnull
        where THandler : class, IBatchHandler<TEvent>
    {
        ArgumentNullException.ThrowIfNull(builder);
        HandlerRegistrations.AddBatchClass<TEvent, THandler>(builder, group: null, configure, type);
        return builder;
    }

    /// <summary>
    /// Adds a batch handler delegate: it handles several events in one call. Services of the batch's own scope are in
    /// <see cref="EventBatch{TEvent}.Services"/>.
    /// </summary>
    /// <remarks>
    /// In a group a type has either one batch handler or handlers of single events. A batch takes one worker of
    /// <see cref="GroupOptions.Concurrency"/> while it is handled, and none while it is gathered. Middleware does not run around batch
    /// handlers.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="handle">The handler.</param>
    /// <param name="configure">Sets when a batch begins; <see langword="null"/> for the defaults.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The wire name, or an option, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// These events have a handler in this group already, or another payload type has this wire name.
    /// </exception>
    public static IRedisTriggersBuilder AddBatchHandler<TEvent>(
        this IRedisTriggersBuilder builder, Func<EventBatch<TEvent>, CancellationToken, ValueTask> handle,
        Action<BatchOptions>? configure = null, string? type = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        HandlerRegistrations.AddBatchDelegate(builder, group: null, handle, configure, type);
        return builder;
    }
}
