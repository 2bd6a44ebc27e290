namespace EventTriggers;

/// <summary>What a running handler does while nobody knows whether its delivery's lease is still held: it could not be renewed in time, because Redis, the way to it, or this process stood still.</summary>
/// <remarks>
/// <para>While Redis is away nobody can take the lease, and when it answers again nobody does for ten seconds: renewing goes on, and mostly the lease is there. But where this process alone was cut
/// off, another one may have taken the delivery, and both run until this one hears of it; what this one says then is refused.</para>
/// <para>Whichever is chosen, a delivery that was claimed and not begun is given back, and begun by whoever claims it next.</para>
/// </remarks>
public enum LeaseDoubt
{
    /// <summary>Goes on until the server says that the lease is lost. A handler can ask before a step that cannot be undone: <see cref="EventContext.ConfirmLeaseAsync"/>.</summary>
    Continue,

    /// <summary>
    /// Its token is cancelled when nine tenths of the lease are over by this machine's clock and it could not be renewed, so that two runs overlap only where a handler takes longer than the last tenth to obey
    /// its token. A handler that obeys costs no attempt.
    /// </summary>
    Cancel,
}
