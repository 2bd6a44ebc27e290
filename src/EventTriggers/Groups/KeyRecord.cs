namespace EventTriggers;

/// <summary>A key of which deliveries wait, in a group that orders by key or limits how many of a key begin.</summary>
public sealed class KeyRecord
{
    /// <summary>Gets the key, see <see cref="PublishOptions.Key"/>.</summary>
    public required string Key { get; init; }

    /// <summary>Gets the number of ready deliveries that wait for others of the key. Canceled ones count until their turn comes.</summary>
    public required long Waiting { get; init; }

    /// <summary>Gets since when deliveries of the key wait, by the clock of Redis; <see langword="null"/> if none does.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    /// <summary>
    /// Gets the ids of the events whose turn it is: they are being handled, are about to be, wait for their next attempt, or are the dead
    /// letter that the key waits behind.
    /// </summary>
    public required IReadOnlyList<string> Active { get; init; }

    /// <summary>
    /// Gets the id of the dead letter that the key waits behind, until somebody redrives or discards it; <see langword="null"/> for none.
    /// </summary>
    public string? HeldBehind { get; init; }

    /// <summary>Gets when that became a dead letter; <see langword="null"/> for none.</summary>
    public DateTimeOffset? HeldSince { get; init; }

    /// <summary>
    /// Gets when the limit of the key (<see cref="GroupOptions.LimitPerKey"/>) allows the next delivery to begin, by the clock of Redis;
    /// <see langword="null"/> if it does not wait for that.
    /// </summary>
    public DateTimeOffset? LimitedUntil { get; init; }
}
