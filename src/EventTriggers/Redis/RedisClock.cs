namespace EventTriggers.Redis;

/// <summary>The clock of Redis, which decides everything that hosts must agree on, unless a test has put another in its place.</summary>
/// <param name="Pinned">That one, whose time is sent with each script; <see langword="null"/> for the server's own.</param>
internal sealed record RedisClock(TimeProvider? Pinned)
{
    /// <summary>Gets what this machine takes for that clock. It decides nothing.</summary>
    public DateTimeOffset HostTime => (Pinned ?? TimeProvider.System).GetUtcNow();
}
