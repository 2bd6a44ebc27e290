namespace EventTriggers;

/// <summary>Handles events of type <typeparamref name="TEvent"/>.</summary>
/// <typeparam name="TEvent">The payload's type.</typeparam>
public interface IEventHandler<TEvent>
{
    /// <summary>
    /// Handles one event. When you return, the success is recorded; when you throw, the attempt has failed and a retry is scheduled.
    /// </summary>
    /// <remarks>
    /// Delivery is at least once: after a crash or a lost connection, the same event may come again, with the same id.
    /// </remarks>
    /// <param name="context">The event, and its delivery.</param>
    /// <param name="cancellationToken">
    /// Canceled when the lease is lost, or in doubt where <see cref="LeaseDoubt.Cancel"/> is chosen; when the event is canceled; when
    /// <see cref="RedisTriggersOptions.HandlerTimeout"/> is over; or when a stopping host has waited for
    /// <see cref="RedisTriggersOptions.DrainTimeout"/>.
    /// </param>
    /// <returns>A task that completes when the event is handled.</returns>
    ValueTask HandleAsync(EventContext<TEvent> context, CancellationToken cancellationToken);
}
