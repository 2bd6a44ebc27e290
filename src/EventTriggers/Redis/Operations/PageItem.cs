namespace EventTriggers.Redis.Operations;

/// <summary>One record of a page, and where it stood.</summary>
/// <param name="List">Where in a list; <see langword="null"/> for an entry of a sorted set.</param>
/// <param name="Position">Where in a sorted set; of an entry of a list, the score is the time at which the event was published.</param>
/// <param name="Record">The record.</param>
internal sealed record PageItem<T>(ListPosition? List, IndexPosition Position, T Record);
