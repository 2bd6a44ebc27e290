using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>Where the next page begins.</summary>
/// <param name="Index">The position in the sorted sets, the same in every partition.</param>
/// <param name="Lists">The position in the lists of each partition.</param>
internal sealed record PagePositions(IndexPosition Index, IReadOnlyList<ListPosition> Lists);
