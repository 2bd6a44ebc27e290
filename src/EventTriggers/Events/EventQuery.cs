namespace EventTriggers;

/// <summary>Selects the events to list.</summary>
public sealed class EventQuery
{
    /// <summary>Gets the group whose deliveries are listed.</summary>
    /// <value>The default is <see cref="RedisTriggersOptions.Group"/>.</value>
    public string? Group { get; init; }

    /// <summary>Gets the delivery status to list.</summary>
    /// <value>The default is every status.</value>
    public DeliveryStatus? Status { get; init; }

    /// <summary>Gets the wire name to list: exactly this name, whatever other names its payload type has.</summary>
    /// <value>The default is every type.</value>
    public string? Type { get; init; }

    /// <summary>Gets how the ids begin.</summary>
    /// <value>The default is every id.</value>
    public string? IdPrefix { get; init; }

    /// <summary>
    /// Gets the key of the events, see <see cref="PublishOptions.Key"/>. In a group that orders by key, pages list the deliveries whose
    /// turn it is first, and then those that wait for them; neither has to be searched for.
    /// </summary>
    /// <value>The default is every event, with or without a key.</value>
    public string? Key { get; init; }

    /// <summary>Gets the correlation id, of 1 to 1000 characters.</summary>
    /// <value>The default is every event, with or without one.</value>
    public string? CorrelationId { get; init; }

    /// <summary>Gets a part of the last failure, of 1 to 1000 characters. Letters of ASCII match in either case.</summary>
    /// <value>The default is every delivery, failed or not.</value>
    public string? ErrorContains { get; init; }

    /// <summary>Gets the trigger that raised the events.</summary>
    /// <value>The default is every event, raised or published.</value>
    public string? Trigger { get; init; }

    /// <summary>
    /// Gets the earliest time, inclusive, at which a delivery reached its status. For <see cref="DeliveryStatus.Ready"/> it is when the
    /// event was published, for <see cref="DeliveryStatus.Delayed"/> when it becomes ready, for <see cref="DeliveryStatus.Leased"/> when
    /// the lease ends.
    /// </summary>
    /// <value>The default is every time.</value>
    public DateTimeOffset? From { get; init; }

    /// <summary>Gets the latest time, exclusive; of which moment, <see cref="From"/> says.</summary>
    /// <value>The default is every time.</value>
    public DateTimeOffset? Before { get; init; }
}
