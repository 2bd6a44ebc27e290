namespace EventTriggers;

/// <summary>The events that no group has taken, counted by type.</summary>
public sealed class UnroutedCounts
{
    /// <summary>Gets the types that have such events, ordered by name.</summary>
    public required IReadOnlyList<UnroutedType> Types { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, and are not
    /// counted; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
