namespace EventTriggers;

/// <summary>Why the delivery of an event to one group has not been handled yet. It is what was so at one moment.</summary>
public sealed class DeliveryExplanation
{
    /// <summary>Gets the group.</summary>
    public required string Group { get; init; }

    /// <summary>Gets the status.</summary>
    public required DeliveryStatus Status { get; init; }

    /// <summary>
    /// Gets what stands in its way. If several things do, a pause comes first, then its name, then others of its key or its limit, then the
    /// want of consumers.
    /// </summary>
    public required DeliveryReason Reason { get; init; }

    /// <summary>
    /// Gets when that ends by itself, by the clock of Redis: the end of the pause, the time at which it becomes ready, the next grant of a
    /// limit, or the end of the lease, which its consumer renews; <see langword="null"/> if it does not.
    /// </summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Gets the consumer that holds it; <see langword="null"/> for none.</summary>
    public string? Consumer { get; init; }

    /// <summary>
    /// Gets the ids of the events of its key whose turn it is, or of the dead letter that its key waits behind; also while the group is
    /// paused. Or the id of the event with its name that runs. Empty if it does not wait for any.
    /// </summary>
    public IReadOnlyList<string> Behind { get; init; } = [];
}
