namespace EventTriggers.Consuming.Execution;

/// <summary>Runs claimed deliveries of one group.</summary>
internal interface IDeliveryHandler
{
    /// <summary>Handles a delivery. It never throws: a failure is an outcome.</summary>
    ValueTask<Settlement> RunAsync(Lease lease);
}
