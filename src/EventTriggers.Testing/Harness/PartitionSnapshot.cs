namespace EventTriggers.Testing.Harness;

/// <summary>What there is to do in one partition of a bus, at one moment.</summary>
internal sealed record PartitionSnapshot
{
    /// <summary>Gets the number of deliveries that are ready or leased.</summary>
    public required long Busy { get; init; }

    /// <summary>
    /// Gets when the next delayed delivery or trigger is due, in unix ms; <see langword="null"/> if nothing waits for a moment.
    /// </summary>
    public required long? NextDue { get; init; }

    /// <summary>Gets the consumers that wait to be woken.</summary>
    public required IReadOnlyList<string> Waiting { get; init; }

    public bool IsDue(long nowMs) => NextDue <= nowMs;

    public bool IsIdle(long nowMs) => Busy == 0 && !IsDue(nowMs);
}
