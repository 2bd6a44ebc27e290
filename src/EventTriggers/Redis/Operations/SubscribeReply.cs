namespace EventTriggers.Redis.Operations;

/// <summary>What a subscription came to.</summary>
/// <param name="TakenOver">How many deliveries were made of events that no group wanted.</param>
/// <param name="Added">How many of the subscriptions are new.</param>
/// <param name="Crowded">The subscriptions that are not possible.</param>
internal readonly record struct SubscribeReply(int TakenOver, int Added, IReadOnlyList<CrowdedType> Crowded);
