using EventTriggers.Consuming.Execution;

namespace EventTriggers.Redis.Operations;

/// <summary>What a claim found behind the first of a key.</summary>
/// <param name="Now">The time, in ms by the clock of Redis.</param>
/// <param name="Deliveries">What it has leased, in the order of the key.</param>
internal sealed record ClaimNextReply(long Now, IReadOnlyList<Delivery> Deliveries);
