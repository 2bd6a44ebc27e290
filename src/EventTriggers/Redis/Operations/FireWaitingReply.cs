namespace EventTriggers.Redis.Operations;

/// <summary>What fire_waiting.lua answers.</summary>
/// <param name="Fired">When each trigger that fired was due, in unix ms.</param>
/// <param name="Next">When the next trigger is due, in unix ms; −1 for none.</param>
/// <param name="Dropped">The triggers that dropped something, and why.</param>
internal sealed record FireWaitingReply(
    IReadOnlyList<long> Fired, long Next, IReadOnlyList<(string TriggerId, DropReason Reason)> Dropped);
