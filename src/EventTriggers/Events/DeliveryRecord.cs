namespace EventTriggers;

/// <summary>The delivery of an event to one group.</summary>
public sealed class DeliveryRecord
{
    /// <summary>Gets the group.</summary>
    public required string Group { get; init; }

    /// <summary>Gets the status.</summary>
    public required DeliveryStatus Status { get; init; }

    /// <summary>Gets the number of attempts: how often a consumer began to handle it.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets the number of consumers that were lost while they held the delivery.</summary>
    public int Crashes { get; init; }

    /// <summary>Gets the number of the last claim. A result that a consumer reports with an older number is refused.</summary>
    public long Fence { get; init; }

    /// <summary>
    /// Gets the last five attempts, earliest first, if one of them did not succeed; otherwise empty. Only
    /// <see cref="IEventStore.FindAsync"/> reads them.
    /// </summary>
    /// <remarks>They are kept as long as dead letters, counted from the last attempt, see
    /// <see cref="RedisTriggersOptions.DeadLetterRetention"/>; after a success as long as processed events.</remarks>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>Gets the last failure; <see langword="null"/> if no attempt has failed.</summary>
    public string? Error { get; init; }
}
