using EventTriggers.Events;
using EventTriggers.Testing.Harness;

namespace EventTriggers.Testing;

/// <summary>An event bus for unit tests: it keeps what is published and needs no server.</summary>
/// <remarks>
/// It checks names, payloads, sizes and options with the library's own code, so what the real bus refuses is refused here, with the same
/// exception. Nothing is delivered: use <see cref="EventTriggersTestHost"/> to see handlers run. All members can be used from several
/// threads.
/// </remarks>
public sealed class TestEventBus : IEventBus
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly List<PublishedEvent> _published = [];
    private readonly List<PublishedEvent> _repeated = [];
    private readonly PublishingRules _rules;

    /// <summary>Initializes a new instance of the <see cref="TestEventBus"/> class with the default settings.</summary>
    /// <remarks>Payloads are serialized by the default serializer, and their wire names are their own.</remarks>
    public TestEventBus()
    {
        _rules = PublishingRules.Of(services: null);
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="TestEventBus"/> class with the event types, the serializer and the settings that
    /// <c>AddRedisTriggers</c> registered. No connection is made.
    /// </summary>
    /// <param name="services">The services; without <c>AddRedisTriggers</c>, the defaults hold.</param>
    /// <param name="serviceKey">
    /// The key given to <c>AddKeyedRedisTriggers</c>; <see langword="null"/>, the default, for the default bus.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is <see langword="null"/>.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    public TestEventBus(IServiceProvider services, string? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        _rules = PublishingRules.Of(services, serviceKey);
    }

    /// <summary>Gets the accepted events, in the order in which they were published.</summary>
    public IReadOnlyList<PublishedEvent> Published => Copy(_published);

    /// <summary>
    /// Gets the events that were answered with <see cref="PublishOutcome.Repeated"/>, in the order in which they were published.
    /// </summary>
    public IReadOnlyList<PublishedEvent> Repeated => Copy(_repeated);

    /// <summary>Gets or sets the exception that every call throws after its input is checked, as while Redis is away.</summary>
    /// <value>
    /// For example a <see cref="StoreUnavailableException"/>. The default is <see langword="null"/>: calls succeed. Nothing is recorded
    /// while it is set.
    /// </value>
    public Exception? Failure { get; set; }

    /// <summary>Gets the accepted events of one type, with their payloads.</summary>
    /// <typeparam name="TEvent">The payload's type; events with its wire name, or another name that it has, are its events.</typeparam>
    /// <returns>The events, in the order in which they were published.</returns>
    /// <exception cref="InvalidOperationException">The type has no usable wire name.</exception>
    public IReadOnlyList<PublishedEvent<TEvent>> PublishedOf<TEvent>()
        where TEvent : notnull => PublishedEvent.OfType<TEvent>(Published, _rules);

    /// <summary>
    /// Makes the bus answer <see cref="PublishOutcome.Repeated"/> for an id, as if an event with it had been accepted before.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    public void AssumePublished(string id)
    {
        NameRules.ThrowIfInvalidEventId(id);
        lock (_lock)
        {
            _ids.Add(id);
        }
    }

    /// <summary>Forgets everything that was published, and every id.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _published.Clear();
            _repeated.Clear();
            _ids.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask<PublishResult> PublishAsync<TEvent>(
        TEvent payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull => new(Accept([_rules.Events.Create(payload, options)], _ => options, cancellationToken)[0]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync<TEvent>(
        IReadOnlyList<TEvent> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull => new(Accept(_rules.Events.CreateMany(payloads, options), _ => options, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishResult>> PublishManyAsync(
        IReadOnlyList<EventToPublish> events, CancellationToken cancellationToken = default) =>
        new(Accept(_rules.Events.CreateMany(events), i => events[i].Options, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<PublishResult> PublishRawAsync(
        string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        new(Accept([_rules.Events.CreateRaw(type, payload, options)], _ => options, cancellationToken)[0]);

    private IReadOnlyList<PublishResult> Accept(
        OutgoingEvent[] events, Func<int, PublishOptions?> optionsOf, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Failure is { } failure)
        {
            throw failure;
        }

        lock (_lock)
        {
            return [.. events.Select((outgoing, i) => Accept(new PublishedEvent(outgoing, _rules, optionsOf(i))))];
        }
    }

    private PublishResult Accept(PublishedEvent published)
    {
        var isNew = _ids.Add(published.Id);
        (isNew ? _published : _repeated).Add(published);
        return new PublishResult(published.Id, isNew ? PublishOutcome.Accepted : PublishOutcome.Repeated);
    }

    private PublishedEvent[] Copy(List<PublishedEvent> events)
    {
        lock (_lock)
        {
            return [.. events];
        }
    }
}
