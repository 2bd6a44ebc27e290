namespace EventTriggers;

/// <summary>A group: a named set of consumers that share the deliveries of the types that it subscribes to.</summary>
public sealed class GroupRecord
{
    /// <summary>Gets the name. <c>$triggers</c> is the internal group, which matches events with triggers.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Gets the wire names that the group has subscribed to, in ordinal order. A name stays until the group is removed, even if no host
    /// handles it any more. The internal group has none.
    /// </summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Gets its pause; <see langword="null"/> if it is not paused in any partition that was read.</summary>
    public GroupPause? Pause { get; init; }

    /// <summary>
    /// Gets how many deliveries all its processes together handle at a time, as it was set at run time; <see langword="null"/> if each
    /// handles as many as it is configured with. Where partitions differ, because a change did not reach all of them, the smallest number.
    /// </summary>
    public GroupConcurrency? Concurrency { get; init; }

    /// <summary>
    /// Gets how many deliveries of one key it handles at a time, as its consumers obey it; <see langword="null"/> if it ignores keys.
    /// </summary>
    public int? ConcurrencyPerKey { get; init; }

    /// <summary>
    /// Gets how many deliveries of one key may wait before publishing is refused; <see langword="null"/> for any number.
    /// </summary>
    public int? MaxBacklogPerKey { get; init; }

    /// <summary>Gets what happens to the events of a key behind a dead letter; <see langword="null"/> if it ignores keys.</summary>
    public DeadLetters? OnDead { get; init; }

    /// <summary>Gets its deliveries by status, summed over the partitions.</summary>
    public required GroupCounts Counts { get; init; }

    /// <summary>Gets the consumers that claim for the group, as they reported within the last minute.</summary>
    public required IReadOnlyList<ConsumerRecord> Consumers { get; init; }
}
