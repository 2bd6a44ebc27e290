using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>A call that is repeated until it succeeds.</summary>
/// <param name="What">What the call does, for exceptions and logs: "publish".</param>
/// <param name="Key">A key that the call needs: nothing is sent while no connection leads to its server. The null key for a call that is
/// sent in any case.</param>
internal readonly record struct RetriedCall(string What, RedisKey Key)
{
    /// <summary>Gets a value indicating whether the call changes something.</summary>
    public bool Changes { get; init; } = true;

    /// <summary>
    /// Gets a value indicating whether the call is repeated while the server refuses to write. Otherwise its caller is told at once.
    /// </summary>
    public bool RetriesRefused { get; init; }

    /// <summary>
    /// Gets a value indicating whether an attempt is awaited until it ends, however late that is, because something else watches the
    /// caller's time.
    /// </summary>
    public bool IsAwaitedToItsEnd { get; init; }
}
