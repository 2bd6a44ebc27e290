using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>What there is to do in one partition.</summary>
internal sealed class PartitionDuties
{
    public required Partition Partition { get; init; }

    public required SubscribeDuty Subscribe { get; init; }

    /// <summary>Gets what is called when the partition's store has lost its data.</summary>
    public required Action StoreReset { get; init; }

    public required Claimer Claim { get; init; }

    /// <summary>
    /// Gets what takes grants for claims, by group; <see langword="null"/> for a group without limits. Empty where no group has any.
    /// </summary>
    public IReadOnlyList<GrantLoop?> Grants { get; init; } = [];

    public required IReadOnlyList<RenewDuty> Renew { get; init; }

    public required IReadOnlyList<ReapDuty> Reap { get; init; }

    public required FireDueDuty FireDue { get; init; }

    public required SweepDuty Sweep { get; init; }

    public required IReadOnlyList<UnhandledDuty> Unhandled { get; init; }

    /// <summary>Gets the name under which this consumer is woken.</summary>
    public required string Consumer { get; init; }

    /// <summary>Gets what hears the messages that wake it.</summary>
    public required WakeListener Wakes { get; init; }

    /// <summary>Gets what the partition notes about itself.</summary>
    public required PartitionHealth Health { get; init; }
}
