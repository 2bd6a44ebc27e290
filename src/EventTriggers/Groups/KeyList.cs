namespace EventTriggers;

/// <summary>The keys of a group of which deliveries wait.</summary>
public sealed class KeyList
{
    /// <summary>
    /// Gets the keys: first those that wait behind a dead letter, then the others, each from the one that has waited for longest.
    /// </summary>
    public required IReadOnlyList<KeyRecord> Keys { get; init; }

    /// <summary>Gets the number of all keys that wait behind a dead letter, also of those that are not listed.</summary>
    public required long HeldKeys { get; init; }

    /// <summary>Gets the number of all keys with deliveries that wait, also of those that are not listed.</summary>
    public required long WaitingKeys { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, whose keys are
    /// missing; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
