namespace EventTriggers;

/// <summary>Handles one event of type <typeparamref name="TEvent"/>.</summary>
/// <typeparam name="TEvent">The payload's type.</typeparam>
public interface IEventHandler<TEvent>
{
    /// <summary>Handles the event. Returning records the success; throwing schedules a retry.</summary>
    /// <remarks>Delivery is at least once: after a crash or a lost connection the same event, with the same id, may come again.</remarks>
    /// <param name="context">The event and what is known about its delivery.</param>
    /// <param name="cancellationToken">
    /// Cancelled when the lease is lost, the event is cancelled, <see cref="RedisTriggersOptions.HandlerTimeout"/> is over, or the drain of
    /// a stopping host is over.
    /// </param>
    /// <returns>A task that completes when the event is handled.</returns>
    ValueTask HandleAsync(EventContext<TEvent> context, CancellationToken cancellationToken);
}
