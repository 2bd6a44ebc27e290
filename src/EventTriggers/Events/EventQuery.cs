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

    /// <summary>Gets the wire name to list.</summary>
    /// <value>The default is every type.</value>
    public string? Type { get; init; }
}
