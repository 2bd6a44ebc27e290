namespace EventTriggers.Testing;

/// <summary>What a handler sees of its event and delivery, for <see cref="TestEventContext.Create{TEvent}"/>.</summary>
public sealed class TestEventContextOptions
{
    /// <summary>Gets the event's id.</summary>
    /// <value>The default is a new id; with a <see cref="Key"/> it begins with the key and a <c>/</c>.</value>
    public string? Id { get; init; }

    /// <summary>Gets the event's wire name.</summary>
    /// <value>The default is the name of the payload's type.</value>
    public string? Type { get; init; }

    /// <summary>Gets the group of the delivery.</summary>
    /// <value>The default is <see cref="RedisTriggersOptions.Group"/>.</value>
    public string? Group { get; init; }

    /// <summary>Gets the attempt number.</summary>
    /// <value>At least 1. The default is 1.</value>
    public int Attempt { get; init; } = 1;

    /// <summary>Gets the moment at which the event was accepted, rounded down to the millisecond.</summary>
    /// <value>
    /// The default is now, by the <see cref="TimeProvider"/> in <see cref="Services"/>, or by the machine's clock if there is none.
    /// </value>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Gets the headers that the event was published with.</summary>
    /// <value>The default is <see langword="null"/>: none. The limits of <see cref="PublishOptions.Headers"/> apply.</value>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Gets the correlation id that the event was published with.</summary>
    /// <value>The default is <see langword="null"/>: none. The limits of <see cref="PublishOptions.CorrelationId"/> apply.</value>
    public string? CorrelationId { get; init; }

    /// <summary>Gets the key of the event.</summary>
    /// <value>The default is <see langword="null"/>: none. The rules of <see cref="PublishOptions.Key"/> apply.</value>
    public string? Key { get; init; }

    /// <summary>Gets the firing that raised the event.</summary>
    /// <value>The default is <see langword="null"/>: a program published it.</value>
    public Firing? Firing { get; init; }

    /// <summary>Gets the services that the handler gets from <see cref="EventContext.Services"/>. They are returned as they are: no scope
    /// begins, and nothing is disposed. If <c>AddRedisTriggers</c> is among them, its event types, serializer and settings apply to what
    /// the handler publishes; no connection is made.</summary>
    /// <value>The default is <see langword="null"/>: reading <see cref="EventContext.Services"/> throws.</value>
    public IServiceProvider? Services { get; init; }
}
