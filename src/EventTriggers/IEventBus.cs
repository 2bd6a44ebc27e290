using System.Runtime.CompilerServices;

namespace EventTriggers;

/// <summary>Publishes events.</summary>
/// <remarks>
/// An accepted event is delivered at least once to every group that subscribes to its type, and exactly once in the absence of faults. A
/// call whose reply was lost is repeated and still publishes once. While Redis cannot be reached, a call retries for up to
/// <see cref="RedisTriggersOptions.OperationTimeout"/> and then throws a <see cref="StoreUnavailableException"/>; its token withdraws it
/// immediately as long as nothing has been sent. EventTriggers implements this interface; members may be added to it.
/// </remarks>
public interface IEventBus
{
    /// <summary>Publishes one event.</summary>
    /// <remarks>
    /// <para>A payload whose own type is not <typeparamref name="TEvent"/> is never cut to the members of <typeparamref name="TEvent"/>. It
    /// is published as <typeparamref name="TEvent"/> if that is written with all of the payload's members: it is polymorphic and names the
    /// payload's type (<c>[JsonDerivedType]</c>), is a collection, or has a converter. Otherwise it is published as its own type if that is
    /// registered: this host names it with <c>AddEvent</c> or handles it by its own name, or it carries
    /// <see cref="EventTypeAttribute"/>. Otherwise it is refused. This holds for all methods that take a typed payload.</para>
    /// <para>A payload whose JSON would name a member twice in one object is refused, too.</para>
    /// </remarks>
    /// <typeparam name="TEvent">
    /// The payload's type; its wire name comes from <c>AddEvent</c>, <see cref="EventTypeAttribute"/>, or its full name.
    /// </typeparam>
    /// <param name="payload">The payload; it is serialized to JSON before anything is sent.</param>
    /// <param name="options">The id, delay, expiry, headers and more; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Withdraws the event while it has not been sent; a sent event is awaited.</param>
    /// <returns>The event's id, and whether this call accepted the event or an event with this id was accepted before.</returns>
    /// <exception cref="ArgumentException">The payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="InvalidOperationException">
    /// The payload type has no usable wire name; or a key that the event needs holds a value that EventTriggers did not write; nothing was
    /// published.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="PublishBacklogFullException">
    /// <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> would be exceeded; nothing was published.
    /// </exception>
    /// <exception cref="PublishRefusedException">
    /// A group has as many deliveries waiting as it may have, or as many of the event's key; nothing was published.
    /// </exception>
    /// <exception cref="StoreUnavailableException">
    /// Redis refused the event, or did not confirm it in time; or the event is published, but <see cref="PublishOptions.CancelOn"/> is not
    /// watched in every partition.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled; nothing was published.</exception>
    ValueTask<PublishResult> PublishAsync<TEvent>(
        TEvent payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull;

    /// <summary>
    /// Publishes several events of one type. All of them are checked before the first is sent; each is accepted on its own.
    /// </summary>
    /// <remarks>
    /// Partitions do not wait for one another: while one cannot be reached, the events of the others are accepted as usual, and the call
    /// ends when <see cref="RedisTriggersOptions.OperationTimeout"/> is over for that partition. A call that returns has accepted every
    /// event. Payloads whose own type is another one are published or refused as by <see cref="PublishAsync{TEvent}"/>.
    /// </remarks>
    /// <typeparam name="TEvent">The payloads' type.</typeparam>
    /// <param name="payloads">The payloads; may be empty.</param>
    /// <param name="options">The options of every event. <see cref="PublishOptions.Id"/> is allowed for a single payload only.</param>
    /// <param name="cancellationToken">
    /// Withdraws events that have not been sent; sent events are awaited. If some events are or may be accepted, the call then ends with an
    /// <see cref="IncompletePublishException"/>, otherwise with an <see cref="OperationCanceledException"/>.
    /// </param>
    /// <returns>The events' ids and outcomes, in the order of <paramref name="payloads"/>.</returns>
    /// <exception cref="ArgumentException">A payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="InvalidOperationException">
    /// The payload type has no usable wire name; or a key that the event needs holds a value that EventTriggers did not write; nothing was
    /// published.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="PublishBacklogFullException">
    /// <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> would be exceeded; nothing was published.
    /// </exception>
    /// <exception cref="PublishRefusedException">
    /// A group has as many deliveries waiting as it may have, or as many of an event's key; nothing was published. If other events are
    /// accepted, it is the inner exception of an <see cref="IncompletePublishException"/>.
    /// </exception>
    /// <exception cref="IncompletePublishException">
    /// Not every event was accepted and confirmed, or <see cref="PublishOptions.CancelOn"/> is not watched in every partition;
    /// <see cref="IncompletePublishException.Results"/> holds the outcome of each event.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled; nothing was published.</exception>
    ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync<TEvent>(
        IReadOnlyList<TEvent> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull;

    /// <summary>
    /// Publishes several events of any types, each with its own options. All of them are checked before the first is sent; each is accepted
    /// on its own.
    /// </summary>
    /// <remarks>Partitions do not wait for one another, see <see cref="PublishManyAsync{TEvent}"/>.</remarks>
    /// <param name="events">The events; may be empty. An id that occurs twice is accepted once.</param>
    /// <param name="cancellationToken">
    /// Withdraws events that have not been sent; sent events are awaited. If some events are or may be accepted, the call then ends with an
    /// <see cref="IncompletePublishException"/>, otherwise with an <see cref="OperationCanceledException"/>.
    /// </param>
    /// <returns>The events' ids and outcomes, in the order of <paramref name="events"/>.</returns>
    /// <exception cref="ArgumentException">A payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="InvalidOperationException">
    /// The payload type has no usable wire name; or a key that the event needs holds a value that EventTriggers did not write; nothing was
    /// published.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="PublishBacklogFullException">
    /// <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> would be exceeded; nothing was published.
    /// </exception>
    /// <exception cref="PublishRefusedException">
    /// A group has as many deliveries waiting as it may have, or as many of an event's key; nothing was published. If other events are
    /// accepted, it is the inner exception of an <see cref="IncompletePublishException"/>.
    /// </exception>
    /// <exception cref="IncompletePublishException">
    /// Not every event was accepted and confirmed, or <see cref="PublishOptions.CancelOn"/> is not watched in every partition;
    /// <see cref="IncompletePublishException.Results"/> holds the outcome of each event.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled; nothing was published.</exception>
    [OverloadResolutionPriority(1)]
    ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync(
        IReadOnlyList<EventToPublish> events, CancellationToken cancellationToken = default);

    /// <summary>Publishes one event whose payload is already JSON.</summary>
    /// <param name="type">The event's wire name.</param>
    /// <param name="payload">
    /// One JSON value in UTF-8, at most 64 levels deep, in which no object names a member twice, however the names are escaped. It is
    /// stored unchanged.
    /// </param>
    /// <param name="options">The id, delay, expiry, headers and more; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Withdraws the event while it has not been sent; a sent event is awaited.</param>
    /// <returns>The event's id, and whether this call accepted the event or an event with this id was accepted before.</returns>
    /// <exception cref="ArgumentException">The type, the payload, its size, or an option is not allowed; nothing was published.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key that the event needs holds a value that EventTriggers did not write; nothing was published.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    /// <exception cref="PublishBacklogFullException">
    /// <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> would be exceeded; nothing was published.
    /// </exception>
    /// <exception cref="PublishRefusedException">
    /// A group has as many deliveries waiting as it may have, or as many of the event's key; nothing was published.
    /// </exception>
    /// <exception cref="StoreUnavailableException">
    /// Redis refused the event, or did not confirm it in time; or the event is published, but <see cref="PublishOptions.CancelOn"/> is not
    /// watched in every partition.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled; nothing was published.</exception>
    ValueTask<PublishResult> PublishRawAsync(
        string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null, CancellationToken cancellationToken = default);
}
