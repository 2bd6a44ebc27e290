namespace EventTriggers;

/// <summary>Rate limits of groups.</summary>
public sealed class RateLimitList
{
    /// <summary>Gets the limits, by name.</summary>
    public required IReadOnlyList<RateLimitRecord> Limits { get; init; }

    /// <summary>Gets the numbers of the partitions that could not be read: their limits are missing.</summary>
    public IReadOnlyList<int> UnreadPartitions { get; init; } = [];
}
