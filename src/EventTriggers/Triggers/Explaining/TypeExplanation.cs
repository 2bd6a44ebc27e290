namespace EventTriggers;

/// <summary>What the triggers of an event type would do with a payload.</summary>
public sealed class TypeExplanation
{
    /// <summary>Gets the wire name of the events.</summary>
    public required string EventType { get; init; }

    /// <summary>
    /// Gets an explanation for each trigger, ordered by id (ordinal), at most 100. Triggers that are looked up by a value that the payload
    /// does not have are left out.
    /// </summary>
    public required IReadOnlyList<TriggerExplanation> Triggers { get; init; }

    /// <summary>Gets a value indicating whether the type has more triggers.</summary>
    public required bool HasMore { get; init; }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read within <see cref="RedisTriggersOptions.OperationTimeout"/>, and whose
    /// triggers are left out; in ascending order, normally empty.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
