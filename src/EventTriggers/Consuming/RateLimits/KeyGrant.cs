namespace EventTriggers.Consuming.RateLimits;

/// <summary>What the limit of its key has granted to a delivery when it was claimed.</summary>
/// <param name="Moment">The claim's time, in unix ms by the clock of Redis.</param>
/// <param name="Since">The local timestamp at which the claim was sent.</param>
internal readonly record struct KeyGrant(long Moment, long Since)
{
    /// <summary>Tells whether nothing may begin with it any more.</summary>
    public bool IsStale(TimeProvider timeProvider) => timeProvider.GetElapsedTime(Since) >= Grants.Lifetime;
}
