namespace EventTriggers.Consuming.Duties;

/// <summary>What a claim found besides deliveries: when there is something to do next, in ms by the clock of Redis, or −1;
/// and whether this consumer is the one that wakes for the next trigger.</summary>
internal sealed record ClaimReport(long Now, long NextDelayed, long NextExpiry, long NextTrigger, bool KeepsTime, long[] Left, long[] Suspects, bool HasTaken);
