namespace EventTriggers.Redis.Operations;

/// <summary>A page of the triggers that have a tag.</summary>
/// <param name="Last">The id after which the next page begins; empty after the last page.</param>
/// <param name="Triggers">The triggers.</param>
internal sealed record TaggedPage(string Last, IReadOnlyList<TaggedTrigger> Triggers);
