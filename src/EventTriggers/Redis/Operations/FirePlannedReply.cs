namespace EventTriggers.Redis.Operations;

/// <summary>What fire_planned.lua answers.</summary>
/// <param name="Fired">How many occurrences of each trigger fired; <see langword="null"/> for a trigger that has changed since it was
/// read.</param>
/// <param name="Next">When the next trigger is due, in unix ms; −1 for none.</param>
internal sealed record FirePlannedReply(IReadOnlyList<int?> Fired, long Next);
