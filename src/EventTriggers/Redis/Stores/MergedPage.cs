namespace EventTriggers.Redis.Stores;

/// <summary>A page over all partitions.</summary>
internal sealed record MergedPage<T>(
    IReadOnlyList<T> Records, int Examined, bool IsTruncated, IReadOnlyList<int> UnreadPartitions);
