namespace EventTriggers.Consuming.Execution;

/// <summary>Runs claimed deliveries of one group.</summary>
internal interface IDeliveryHandler
{
    /// <summary>Handles a delivery. It never throws: a failure is an outcome.</summary>
    /// <param name="lease">The delivery.</param>
    /// <param name="settings">The group's settings, by which all of the delivery is judged.</param>
    ValueTask<Settlement> RunAsync(Lease lease, GroupSettings settings);
}
