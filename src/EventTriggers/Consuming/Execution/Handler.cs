namespace EventTriggers.Consuming.Execution;

/// <summary>One handler, ready to run: its stable name, and the middleware around it.</summary>
/// <param name="Name">The name under which its success is recorded.</param>
/// <param name="Registration">How the host registered it.</param>
/// <param name="Pipeline">The handler with the middleware around it.</param>
internal sealed record Handler(string Name, HandlerRegistration Registration, HandlerDelegate Pipeline)
{
    /// <summary>Gets its time limit; <see langword="null"/> for none.</summary>
    public TimeSpan? TimeLimit(GroupSettings group) =>
        Registration.Options.Timeout is { } own ? GroupSettings.Limit(own) : group.HandlerTimeout;

    /// <summary>Tells whether it stops when its delivery's lease is in doubt.</summary>
    public bool StopsInDoubt(GroupSettings group) =>
        (Registration.Options.WhenLeaseIsInDoubt ?? group.WhenLeaseIsInDoubt) == LeaseDoubt.Cancel;
}
