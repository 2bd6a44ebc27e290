namespace EventTriggers.Redis;

/// <summary>The clock of Redis. It decides everything that hosts must agree on, unless a test replaces it.</summary>
/// <param name="Pinned">The clock that replaces it, whose time is sent with each script; <see langword="null"/> for the server's
/// own.</param>
internal sealed record RedisClock(TimeProvider? Pinned)
{
    /// <summary>Gets the time by this machine's clock. It decides nothing.</summary>
    public DateTimeOffset HostTime => (Pinned ?? TimeProvider.System).GetUtcNow();
}
