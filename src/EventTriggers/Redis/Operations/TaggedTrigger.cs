namespace EventTriggers.Redis.Operations;

/// <summary>A trigger that has a tag.</summary>
/// <param name="Id">Its id.</param>
/// <param name="HasEnded">Whether it has ended.</param>
/// <param name="Score">When it is due, or when it ended, in unix ms.</param>
internal readonly record struct TaggedTrigger(string Id, bool HasEnded, double Score);
