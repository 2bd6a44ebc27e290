namespace EventTriggers.Redis.Operations;

/// <summary>A subscription that is not possible, because the type has as many groups as it may have.</summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="Groups">How many groups the type has.</param>
internal readonly record struct CrowdedType(GroupType Subscription, int Groups);
