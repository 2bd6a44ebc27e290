using EventTriggers.Events;

namespace EventTriggers;

/// <summary>One event of a list whose events may be of several types, each with its own options.</summary>
/// <example>
/// <code>
/// await bus.PublishManyAsync(
///     [EventToPublish.Of(new OrderPlaced(7)), EventToPublish.Of(new Reminder(7), new() { Delay = TimeSpan.FromDays(1) })]);
/// </code>
/// </example>
public sealed class EventToPublish
{
    private EventToPublish(OutgoingPayload payload, PublishOptions? options) => (Payload, Options) = (payload, options);

    internal OutgoingPayload Payload { get; }

    internal PublishOptions? Options { get; }

    /// <summary>Creates an event from a payload. The payload is serialized when the event is published.</summary>
    /// <typeparam name="TEvent">
    /// The payload's type; its wire name comes from <c>AddEvent</c>, <see cref="EventTypeAttribute"/>, or its full name.
    /// </typeparam>
    /// <param name="payload">The payload.</param>
    /// <param name="options">The options of this event; <see langword="null"/> for the defaults.</param>
    /// <returns>The event.</returns>
    /// <exception cref="ArgumentNullException">The payload is <see langword="null"/>.</exception>
    public static EventToPublish Of<TEvent>(TEvent payload, PublishOptions? options = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payload);
        return new EventToPublish(new OutgoingPayload.Typed<TEvent>(payload), options);
    }

    /// <summary>Creates an event from a payload that is already JSON. The payload is checked when the event is published.</summary>
    /// <param name="type">The event's wire name.</param>
    /// <param name="payload">One JSON value in UTF-8.</param>
    /// <param name="options">The options of this event; <see langword="null"/> for the defaults.</param>
    /// <returns>The event.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    public static EventToPublish Raw(string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null)
    {
        NameRules.ThrowIfInvalidType(type);
        return new EventToPublish(new OutgoingPayload.Raw(type, payload), options);
    }
}
