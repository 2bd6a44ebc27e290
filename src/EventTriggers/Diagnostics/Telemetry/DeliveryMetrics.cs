using System.Diagnostics;
using EventTriggers.Consuming.Execution;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>Counts what becomes of deliveries and of their leases.</summary>
internal static class DeliveryMetrics
{
    /// <summary>Counts a delivery that was claimed.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="claimedMs">The time of its claim by the clock of Redis, in unix ms.</param>
    public static void Claimed(Delivery delivery, long claimedMs)
    {
        if (Instruments.ConsumedMessages.Enabled && delivery.Group != TriggerMatcher.Group)
        {
            Instruments.ConsumedMessages.Add(1,
            [
                new(TelemetryNames.MessagingSystem, TelemetryNames.SystemName), new(TelemetryNames.OperationName, "claim"),
                new(TelemetryNames.EventType, delivery.Type), new(TelemetryNames.Group, delivery.Group),
            ]);
        }

        // When a later claim's delivery became ready is not in its hash.
        if (Instruments.DeliveryWait.Enabled && delivery.Fence == 1)
        {
            var waited = Math.Max(0, claimedMs - Math.Max(delivery.PublishedMs, delivery.DueMs));
            delivery.ReadySince = Stopwatch.GetTimestamp() - (long)(waited / 1000.0 * Stopwatch.Frequency);
        }
    }

    /// <summary>Counts an outcome of a delivery that this process held.</summary>
    public static void Ended(Delivery delivery, string outcome)
    {
        if (Instruments.DeliveryOutcomes.Enabled)
        {
            Instruments.DeliveryOutcomes.Add(1,
            [
                new(TelemetryNames.Group, delivery.Group), new(TelemetryNames.EventType, delivery.Type),
                new(TelemetryNames.Outcome, outcome),
            ]);
        }
    }

    /// <summary>Counts deliveries that a script ended as dead letters. It does not say which types they have.</summary>
    public static void Buried(string group, long count)
    {
        if (count > 0 && Instruments.DeliveryOutcomes.Enabled)
        {
            Instruments.DeliveryOutcomes.Add(
                count, [new(TelemetryNames.Group, group), new(TelemetryNames.Outcome, OutcomeWords.Dead)]);
        }
    }

    /// <summary>Counts a lease of this process that another consumer may have taken.</summary>
    public static void LeaseLost(string group) => Count(Instruments.LeasesLost, 1, group);

    /// <summary>Counts expired leases that this process took away.</summary>
    public static void Reaped(string group, int count) => Count(Instruments.LeasesReaped, count, group);

    private static void Count(GuardedCounter counter, int count, string group)
    {
        if (count > 0 && counter.Enabled)
        {
            counter.Add(count, [new(TelemetryNames.Group, group)]);
        }
    }
}
