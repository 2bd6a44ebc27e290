using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>A call that is repeated until it succeeds.</summary>
/// <param name="What">Names it in exceptions and logs: "publish".</param>
/// <param name="Key">A key that it needs, so that nothing is sent while no connection leads there; the null key for a call that is sent all the same.</param>
internal readonly record struct RetriedCall(string What, RedisKey Key)
{
    /// <summary>Gets a value indicating whether it changes something.</summary>
    public bool Changes { get; init; } = true;

    /// <summary>Gets a value indicating whether it is repeated while the server refuses to write; otherwise whoever waits should know at once.</summary>
    public bool RetriesRefused { get; init; }

    /// <summary>Gets a value indicating whether an attempt that was sent is awaited to its end, however late that is: others watch the caller's time.</summary>
    public bool IsAwaitedToItsEnd { get; init; }
}
