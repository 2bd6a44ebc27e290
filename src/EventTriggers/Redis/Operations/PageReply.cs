namespace EventTriggers.Redis.Operations;

/// <summary>A page of one partition.</summary>
/// <param name="Examined">How many entries were looked at.</param>
/// <param name="IsTruncated">Whether a list is longer than it can be read.</param>
/// <param name="List">The last entry of a list that was looked at.</param>
/// <param name="Position">The last entry of a sorted set that was looked at.</param>
/// <param name="HasEnded">Whether nothing follows.</param>
/// <param name="Items">The records, those of lists first.</param>
internal sealed record PageReply<T>(
    int Examined, bool IsTruncated, ListPosition List, IndexPosition Position, bool HasEnded, IReadOnlyList<PageItem<T>> Items);
