using System.Text;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Testing.Harness;

namespace EventTriggers.Testing;

/// <summary>Creates contexts for unit tests of handlers, without a server.</summary>
/// <example>
/// <code>
/// var context = TestEventContext.Create(new OrderPlaced(7));
/// await new ShipOrder().HandleAsync(context, CancellationToken.None);
/// Assert.Equal(7, Assert.Single(context.PublishedOf&lt;OrderShipped&gt;()).Event.Number);
/// </code>
/// </example>
public static class TestEventContext
{
    /// <summary>Creates a context.</summary>
    /// <remarks>
    /// What the handler publishes is checked as in production, and inherits headers, key and correlation id as in production. The lease
    /// is certain until <see cref="TestEventContextExtensions.LoseLease"/> is called.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload; the handler gets this instance.</param>
    /// <param name="options">What else the handler sees; <see langword="null"/> for the defaults.</param>
    /// <returns>The context.</returns>
    /// <exception cref="ArgumentException">An option is not allowed; the message names it, the rule and the value.</exception>
    /// <exception cref="InvalidOperationException">The payload type has no usable wire name, and no <c>Type</c> is given.</exception>
    public static EventContext<TEvent> Create<TEvent>(TEvent payload, TestEventContextOptions? options = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payload);
        options ??= new TestEventContextOptions();
        Check(options);
        var rules = PublishingRules.Of(options.Services);
        var delivery = NewDelivery(options, rules, options.Type ?? rules.Types.NameOf(typeof(TEvent)));
        var lease = new Lease(
            delivery, new Partition(0, new RedisKeys("test", 0), string.Empty, 0), new DeliveryQueue(delivery.Group, concurrency: 1), 0);
        var services = new HandlerServices(
            new GivenServices(options.Services), rules.Serializer, rules.Types, rules.Events, TestLeases.Instance, StoppedClock.Instance,
            rules.Options, new StuckHandlers());
        var settings = GroupSettings.Of(delivery.Group, rules.Options);
        var context = new EventContext<TEvent>(payload, new HandlerProgress(lease, settings, services)) { Firing = options.Firing };
        TestContexts.Add(context, rules);
        return context;
    }

    private static Delivery NewDelivery(TestEventContextOptions options, PublishingRules rules, string type) => new()
    {
        Group = options.Group ?? rules.Options.Group,
        Id = options.Id ?? (options.Key is { } key ? DerivedIds.Keyed(key) : IdGenerator.Next()),
        Fence = 1,
        Attempt = options.Attempt,
        Type = type,
        PublishedMs = (options.PublishedAt ?? rules.Time.GetUtcNow()).ToUnixTimeMilliseconds(),
        CorrelationId = options.CorrelationId,
        Key = options.Key,
        Headers = EventTexts.WriteHeaders(options.Headers, nameof(options)) is { } headers ? Encoding.UTF8.GetBytes(headers) : [],
    };

    private static void Check(TestEventContextOptions options)
    {
        if (options.Id is not null)
        {
            NameRules.ThrowIfInvalidEventId(options.Id, nameof(options));
        }

        if (options.Type is not null)
        {
            NameRules.ThrowIfInvalidType(options.Type, nameof(options));
        }

        if (options.Group is not null)
        {
            NameRules.ThrowIfInvalidGroup(options.Group, nameof(options));
        }

        if (options.Attempt < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Attempt, $"{nameof(options.Attempt)} must be at least 1, but is {options.Attempt}.");
        }

        EventTexts.CheckCorrelation(options.CorrelationId, nameof(options));
        if (options.Key is not null)
        {
            NameRules.ThrowIfInvalidKey(options.Key, nameof(options));
        }
    }
}
