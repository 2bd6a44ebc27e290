using System.Runtime.CompilerServices;

namespace EventTriggers;

/// <summary>Publishes events.</summary>
/// <remarks>
/// An accepted event is delivered at least once to every group that subscribes to its type, and exactly once in the absence of faults.
/// A call whose reply was lost is repeated and still publishes once. While Redis cannot be reached a call retries for up to
/// <see cref="RedisTriggersOptions.OperationTimeout"/> and then throws <see cref="StoreUnavailableException"/>; its token withdraws it at once while nothing was sent.
/// </remarks>
public interface IEventBus
{
    /// <summary>Publishes one event.</summary>
    /// <remarks>
    /// A payload of a type derived from <typeparamref name="TEvent"/> is refused unless the serializer writes all that it holds: <typeparamref name="TEvent"/> is
    /// polymorphic (<c>[JsonPolymorphic]</c>), a collection, or has a converter. So is a payload whose JSON would name a member twice in one object.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type; its wire name comes from <c>AddEvent</c>, <see cref="EventTypeAttribute"/>, or its full name.</typeparam>
    /// <param name="payload">What happened; serialized to JSON before anything is sent.</param>
    /// <param name="options">An own id, a delay, an expiry, headers; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Withdraws the event while it has not been sent; a sent event is awaited to its end.</param>
    /// <returns>The event's id, and whether this call accepted it or an event of that id was accepted before.</returns>
    /// <exception cref="ArgumentException">The payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the event or did not confirm it in time; or <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> wait already.</exception>
    ValueTask<PublishResult> PublishAsync<TEvent>(
        TEvent payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull;

    /// <summary>Publishes several events of one type. All are checked before the first is sent; each is accepted on its own.</summary>
    /// <remarks>
    /// Partitions do not wait for one another: while one cannot be reached, the events of the others are accepted in their usual time, and the call ends when the one has had its
    /// <see cref="RedisTriggersOptions.OperationTimeout"/>. A call that returns has accepted each event. Otherwise <see cref="IncompletePublishException.Results"/> holds what became of each.
    /// </remarks>
    /// <typeparam name="TEvent">The payloads' type.</typeparam>
    /// <param name="payloads">What happened; may be empty.</param>
    /// <param name="options">Applied to each event; <see cref="PublishOptions.Id"/> is allowed for a single payload only.</param>
    /// <param name="cancellationToken">
    /// Withdraws events that have not been sent; sent ones are awaited to their end. Where some are accepted or may be, the call ends with an <see cref="IncompletePublishException"/>, otherwise
    /// with an <see cref="OperationCanceledException"/>, and nothing was changed.
    /// </param>
    /// <returns>The events' ids and outcomes, in the order of <paramref name="payloads"/>.</returns>
    /// <exception cref="ArgumentException">A payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="IncompletePublishException">
    /// Redis refused some or all of the events, or did not confirm them in time; or <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> wait already; or the events are accepted, but
    /// <see cref="PublishOptions.CancelOn"/> is not watched in every partition.
    /// </exception>
    ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync<TEvent>(
        IReadOnlyList<TEvent> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull;

    /// <summary>Publishes several events of any types, each with its own options. All are checked before the first is sent; each is accepted on its own.</summary>
    /// <remarks>Partitions do not wait for one another, see <see cref="PublishManyAsync{TEvent}"/>.</remarks>
    /// <param name="events">The events; may be empty. An id that occurs twice is accepted once.</param>
    /// <param name="cancellationToken">Withdraws events that have not been sent; sent ones are awaited.</param>
    /// <returns>The events' ids and outcomes, in the order of <paramref name="events"/>.</returns>
    /// <exception cref="ArgumentException">A payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="IncompletePublishException">Not every event was accepted and confirmed, or <see cref="PublishOptions.CancelOn"/> is not watched in every partition.</exception>
    [OverloadResolutionPriority(1)]
    ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync(IReadOnlyList<EventToPublish> events, CancellationToken cancellationToken = default);

    /// <summary>Publishes one event whose payload is JSON already.</summary>
    /// <param name="type">The event's wire name.</param>
    /// <param name="payload">One JSON value in UTF-8, at most 64 deep, in which no object names a member twice, however the names are escaped; it is checked and stored as it is.</param>
    /// <param name="options">An own id, a delay, an expiry, headers; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Withdraws the event while it has not been sent.</param>
    /// <returns>The event's id, and whether this call accepted it or an event of that id was accepted before.</returns>
    /// <exception cref="ArgumentException">The type, the payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="StoreUnavailableException">Redis refused the event or did not confirm it in time; or <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> wait already.</exception>
    ValueTask<PublishResult> PublishRawAsync(
        string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null, CancellationToken cancellationToken = default);
}
