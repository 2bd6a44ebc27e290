namespace EventTriggers.Consuming.RateLimits;

/// <summary>What the limits of a group have granted in one go, for a claim that is to come and for what it has leased.</summary>
/// <param name="taker">Took them.</param>
/// <param name="count">How many there are.</param>
/// <param name="since">The local timestamp before they were asked for.</param>
/// <param name="moments">When each limit granted them, by its server's clock.</param>
internal sealed class Grants(GrantTaker taker, int count, long since, long[] moments)
{
    // What begins long after it was granted would begin beside what is granted by then.
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how many no delivery has.</summary>
    public int Left { get; set; } = count;

    /// <summary>Tells whether nothing may begin with them any more.</summary>
    public bool IsStale(TimeProvider timeProvider) => timeProvider.GetElapsedTime(since) >= Lifetime;

    /// <summary>Gives some back for which no handler began.</summary>
    public void Return(int some)
    {
        if (some > 0)
        {
            taker.Return(some, moments);
        }
    }
}
