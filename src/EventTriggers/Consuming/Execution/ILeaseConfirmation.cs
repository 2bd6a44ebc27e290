namespace EventTriggers.Consuming.Execution;

/// <summary>Confirms leases for handlers that ask for it.</summary>
internal interface ILeaseConfirmation
{
    /// <summary>Extends one lease now.</summary>
    /// <exception cref="LeaseLostException">Another consumer may have the delivery.</exception>
    /// <exception cref="StoreUnavailableException">Redis did not answer in time.</exception>
    ValueTask ConfirmAsync(Lease lease, CancellationToken cancellationToken);
}
