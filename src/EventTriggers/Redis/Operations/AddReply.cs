namespace EventTriggers.Redis.Operations;

/// <summary>What add_trigger.lua answers.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="KeptVersion">The version of the trigger that stays; empty for one that is not subscribed to events.</param>
/// <param name="NowMs">The time by the clock of Redis, where the outcome depends on it, in unix ms.</param>
internal readonly record struct AddReply(AddOutcome Outcome, string KeptVersion = "", long NowMs = 0);
