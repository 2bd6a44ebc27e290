namespace EventTriggers.Redis.Operations;

/// <summary>What a claim found: when there is something to do next, in ms by the clock of Redis, or −1; and what it took.</summary>
/// <param name="Now">The time.</param>
/// <param name="NextDelayed">When the next delayed delivery becomes ready.</param>
/// <param name="NextExpiry">When the next lease expires.</param>
/// <param name="NextTrigger">When the next trigger is due.</param>
/// <param name="IsLeader">Whether the consumer that claims is the one that wakes for that trigger.</param>
/// <param name="Groups">What was found of each group, in their order in the request.</param>
internal sealed record ClaimReply(long Now, long NextDelayed, long NextExpiry, long NextTrigger, bool IsLeader, ClaimedGroup[] Groups)
{
    /// <summary>Gets a value indicating whether anything was leased.</summary>
    public bool HasTaken => Array.Exists(Groups, static group => group.Taken > 0);
}
