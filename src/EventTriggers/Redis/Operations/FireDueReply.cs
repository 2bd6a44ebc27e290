namespace EventTriggers.Redis.Operations;

/// <summary>What fire_due.lua answers.</summary>
/// <param name="Now">The time by the clock of Redis, in unix ms.</param>
/// <param name="Next">When the next trigger is due, in unix ms; −1 for none.</param>
/// <param name="Fired">The triggers that fired: their kind, and when they were due, in unix ms.</param>
/// <param name="Waiting">The triggers over time that are due, as <c>id#version#key</c>.</param>
/// <param name="Unreadable">The triggers whose hash cannot be read, and why.</param>
/// <param name="Planned">The triggers whose next occurrence this process computes.</param>
internal sealed record FireDueReply(
    long Now, long Next, IReadOnlyList<(string Kind, long Due)> Fired, IReadOnlyList<string> Waiting,
    IReadOnlyList<(string Id, string Trouble)> Unreadable, IReadOnlyList<DueTrigger> Planned);
