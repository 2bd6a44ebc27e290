namespace EventTriggers;

/// <summary>Handles several events of type <typeparamref name="TEvent"/> in one call.</summary>
/// <typeparam name="TEvent">The payload's type.</typeparam>
public interface IBatchHandler<TEvent>
{
    /// <summary>
    /// Handles a batch. When you return, each event that you have not marked has succeeded; when you throw, each event that you have not
    /// marked has failed. <see cref="BatchItem.Fail"/> marks one.
    /// </summary>
    /// <remarks>
    /// <para>A batch is so many deliveries, each with its own lease, attempt, retries and outcome: only the events that failed come
    /// again, each after its own delay. Delivery is at least once: after a crash or a lost connection, the same event may come again, with
    /// the same id.</para>
    /// <para>Middleware does not run around batch handlers.</para>
    /// </remarks>
    /// <param name="batch">The events, at least one.</param>
    /// <param name="cancellationToken">
    /// Canceled when the lease of every event of the batch is lost, or every event is canceled; when the lease of one of them is in doubt,
    /// where <see cref="LeaseDoubt.Cancel"/> is chosen; when <see cref="RedisTriggersOptions.HandlerTimeout"/> is over; or when a stopping
    /// host has waited for <see cref="RedisTriggersOptions.DrainTimeout"/>. <see cref="BatchItem.CancellationToken"/> is that of one event.
    /// </param>
    /// <returns>A task that completes when the batch is handled.</returns>
    ValueTask HandleAsync(EventBatch<TEvent> batch, CancellationToken cancellationToken);
}
