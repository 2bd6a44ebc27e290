namespace EventTriggers.Redis.Operations;

/// <summary>What a subscription came to.</summary>
/// <param name="TakenOver">How many events that no group wanted are the group's now.</param>
/// <param name="Added">To how many of the types the group was not subscribed before.</param>
/// <param name="Crowded">The types that take no further group.</param>
internal readonly record struct SubscribeReply(int TakenOver, int Added, IReadOnlyList<CrowdedType> Crowded);
