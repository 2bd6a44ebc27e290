using EventTriggers.Consuming.Execution;

namespace EventTriggers.Redis.Operations;

/// <summary>What a claim found of one group.</summary>
/// <param name="Left">How many ready deliveries are left.</param>
/// <param name="Quarantined">How many quarantined ones are left.</param>
/// <param name="Unread">How many became dead letters unread.</param>
/// <param name="BeginsQuarantined">Whether the first delivery that was leased is quarantined.</param>
/// <param name="Taken">How many deliveries were leased.</param>
/// <param name="Deliveries">Those deliveries. The list belongs to the request: whoever has taken them over clears it.</param>
internal readonly record struct ClaimedGroup(
    long Left, long Quarantined, long Unread, bool BeginsQuarantined, int Taken, List<Delivery> Deliveries);
