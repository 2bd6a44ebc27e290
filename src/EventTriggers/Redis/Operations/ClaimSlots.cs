namespace EventTriggers.Redis.Operations;

/// <summary>What a claim may take for one group.</summary>
/// <param name="Workers">The most deliveries.</param>
/// <param name="HasQuarantine">Whether one of them may be quarantined.</param>
internal readonly record struct ClaimSlots(int Workers, bool HasQuarantine);
