using EventTriggers.Events;
using EventTriggers.Testing.Harness;

namespace EventTriggers.Testing;

/// <summary>An event that was published through a <see cref="TestEventBus"/>, or by a handler with a test context.</summary>
public class PublishedEvent
{
    private readonly OutgoingEvent _event;
    private readonly PublishingRules _rules;

    private protected PublishedEvent(PublishedEvent other)
    {
        (_event, _rules, Options) = (other._event, other._rules, other.Options);
    }

    internal PublishedEvent(OutgoingEvent outgoing, PublishingRules rules, PublishOptions? given)
    {
        (_event, _rules) = (outgoing, rules);
        Options = OptionsOf(outgoing, given);
    }

    /// <summary>Gets the event's id: the chosen one, or a new one.</summary>
    public string Id => _event.Id;

    /// <summary>Gets the event's wire name.</summary>
    public string Type => _event.Type;

    /// <summary>Gets the payload as it would be stored: JSON in UTF-8.</summary>
    public ReadOnlyMemory<byte> Payload => _event.Json;

    /// <summary>
    /// Gets the options of the event, with the key that its type gives it. Those of a follow-up have the correlation id, the key and the
    /// headers that it inherits.
    /// </summary>
    /// <value><see cref="PublishOptions.Id"/> is <see langword="null"/> if no id was chosen.</value>
    public PublishOptions Options { get; }

    /// <summary>Reads the payload, as a handler of <typeparamref name="TEvent"/> would get it.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <returns>The payload.</returns>
    /// <exception cref="System.Text.Json.JsonException">
    /// The payload cannot be read as <typeparamref name="TEvent"/>; another serializer than the default may throw another exception.
    /// </exception>
    public TEvent Read<TEvent>()
        where TEvent : notnull => _rules.Serializer.Deserialize<TEvent>(_event.Json);

    /// <summary>Describes the event for a message: its wire name, its id, and the beginning of its payload.</summary>
    /// <returns>The description, on one line.</returns>
    public override string ToString() => EventText.Of(Type, Id, Payload.Span);

    internal static IReadOnlyList<PublishedEvent<TEvent>> OfType<TEvent>(IEnumerable<PublishedEvent> events, PublishingRules rules)
        where TEvent : notnull
    {
        string[] names = [.. rules.Types.NamesOf(typeof(TEvent))];
        return
        [
            .. events.Where(one => names.Contains(one.Type, StringComparer.Ordinal))
                .Select(static one => new PublishedEvent<TEvent>(one)),
        ];
    }

    private static PublishOptions OptionsOf(OutgoingEvent outgoing, PublishOptions? given)
    {
        var options = outgoing.Options ?? OutgoingOptions.None;
        return new PublishOptions
        {
            Id = options.IdWasChosen ? outgoing.Id : null,
            Delay = SpanOf(options.DelayMs),
            DueAt = options.DueMs is { } due ? UnixTime.ToDateTimeOffset(due) : null,
            ExpiresAfter = SpanOf(options.ExpiresMs),
            CorrelationId = options.CorrelationId,
            Key = options.Key,
            Unique = options.Unique,
            Headers = options.Headers is { } headers ? HeaderJson.Read(System.Text.Encoding.UTF8.GetBytes(headers)) : null,
            CancelOn = given?.CancelOn,
        };
    }

    private static TimeSpan? SpanOf(long? ms) => ms is { } some ? UnixTime.ToTimeSpan(some) : null;
}

/// <summary>A published event whose payload is read.</summary>
/// <typeparam name="TEvent">The payload's type.</typeparam>
public sealed class PublishedEvent<TEvent> : PublishedEvent
    where TEvent : notnull
{
    internal PublishedEvent(PublishedEvent other)
        : base(other)
    {
        Event = other.Read<TEvent>();
    }

    /// <summary>Gets the payload, read from <see cref="PublishedEvent.Payload"/>.</summary>
    public TEvent Event { get; }
}
