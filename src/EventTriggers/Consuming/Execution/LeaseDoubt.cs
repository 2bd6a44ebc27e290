namespace EventTriggers;

/// <summary>
/// What happens to a running handler while its delivery's lease is in doubt: the lease could not be renewed in time, because Redis, the
/// network or this process stalled.
/// </summary>
/// <remarks>
/// <para>While Redis is away, no process can take the lease, and for ten seconds after it answers again none does: renewal continues, and
/// usually the lease is still held. But if only this process was cut off, another one may have taken the delivery. Both handlers then run
/// until this process learns of it, and its result is refused.</para>
/// <para>With either value, a delivery that was claimed but not begun is released, and the next consumer that claims it begins it.</para>
/// </remarks>
public enum LeaseDoubt
{
    /// <summary>
    /// The handler continues until the server reports that the lease is lost. Before a step that cannot be undone, it can call
    /// <see cref="EventContext.ConfirmLeaseAsync"/>.
    /// </summary>
    Continue,

    /// <summary>
    /// The handler's token is canceled when nine tenths of the lease have passed by this machine's clock without a renewal. Two handlers
    /// then overlap only if one takes longer than the last tenth to honor its token. A handler that honors it costs no attempt.
    /// </summary>
    Cancel,
}
