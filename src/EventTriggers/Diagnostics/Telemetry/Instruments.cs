namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The instruments that are written to as things happen. <see cref="Gauges"/> are read.</summary>
internal static class Instruments
{
    // As the semantic conventions ask.
    private static readonly double[] Conventional = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    // A consumer that is woken has the delivery within a millisecond; one whose handlers are all busy, within minutes.
    private static readonly double[] Waits = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    public static GuardedCounter SentMessages { get; } = new(
        "messaging.client.sent.messages", "{message}", "Events that this process published, or tried to publish.");

    public static GuardedHistogram OperationDuration { get; } = new(
        "messaging.client.operation.duration", "How long a call of Redis on behalf of events takes, retries included.", Conventional);

    public static GuardedCounter ConsumedMessages { get; } = new(
        "messaging.client.consumed.messages", "{message}", "Deliveries that this process has claimed for its handlers.");

    public static GuardedHistogram ProcessDuration { get; } = new(
        "messaging.process.duration", "How long the handlers of a delivery take.", Conventional);

    public static GuardedHistogram DeliveryWait { get; } = new(
        "eventtriggers.delivery.wait", "How long a delivery that is claimed for the first time was ready before it was handled.", Waits);

    public static GuardedCounter DeliveryOutcomes { get; } = new(
        "eventtriggers.delivery.outcomes", "{delivery}", "What became of deliveries, once it was recorded.");

    public static GuardedCounter TriggerFirings { get; } = new(
        "eventtriggers.trigger.firings", "{firing}", "Firings of triggers that this process made.");

    public static GuardedHistogram TriggerLateness { get; } = new(
        "eventtriggers.trigger.lateness", "How much later than its moment a trigger fired.", Waits);

    public static GuardedCounter LeasesLost { get; } = new(
        "eventtriggers.leases.lost", "{lease}", "Leases of this process that another consumer may have taken.");

    public static GuardedCounter LeasesReaped { get; } = new(
        "eventtriggers.leases.reaped", "{lease}", "Expired leases of other consumers that this process took away.");
}
