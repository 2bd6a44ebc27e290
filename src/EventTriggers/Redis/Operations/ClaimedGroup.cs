using EventTriggers.Consuming.Execution;

namespace EventTriggers.Redis.Operations;

/// <summary>What a claim found of one group.</summary>
/// <param name="Left">How many ready deliveries are left.</param>
/// <param name="Quarantined">How many quarantined ones are left.</param>
/// <param name="Unread">How many became dead letters unread.</param>
/// <param name="BeginsQuarantined">Whether the first delivery that was leased is quarantined.</param>
/// <param name="Deliveries">The deliveries that were leased. The list belongs to the request, whose next call clears it.</param>
internal readonly record struct ClaimedGroup(long Left, long Quarantined, long Unread, bool BeginsQuarantined, List<Delivery> Deliveries);
