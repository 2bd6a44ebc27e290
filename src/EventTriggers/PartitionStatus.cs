namespace EventTriggers;

/// <summary>
/// What a consumer loop of this process knows about one partition, at one moment. Times are measured by the monotonic clock of the
/// registered <see cref="TimeProvider"/>, so a clock that jumps does not change them.
/// </summary>
public sealed record PartitionStatus
{
    /// <summary>Gets the partition's number, starting at 0.</summary>
    public int Index { get; init; }

    /// <summary>Gets the time since the loop last began a round: a try to claim, successful or not.</summary>
    /// <value><see langword="null"/> if it has not begun one.</value>
    public TimeSpan? SinceLastRound { get; init; }

    /// <summary>Gets the time since Redis last answered a claim, even with nothing.</summary>
    /// <value><see langword="null"/> if no claim has succeeded.</value>
    public TimeSpan? SinceLastClaim { get; init; }

    /// <summary>Gets the failure of the last round.</summary>
    /// <value><see langword="null"/> if the last round succeeded.</value>
    public Exception? Failure { get; init; }

    /// <summary>Gets a value indicating whether the wake-up channel is disconnected, so that the loop polls at
    /// <see cref="RedisTriggersOptions.PollIntervalWhenDisconnected"/>.</summary>
    public bool IsPolling { get; init; }

    /// <summary>Gets the server's <c>maxmemory-policy</c> if it may evict keys, and with them events.</summary>
    /// <value><see langword="null"/> for <c>noeviction</c>, or if the policy is not known.</value>
    public string? EvictionPolicy { get; init; }

    /// <summary>Gets the last jump of the server's clock that this process saw; positive for a jump forward.</summary>
    /// <value><see langword="null"/> if the clock has not jumped.</value>
    public TimeSpan? ClockJump { get; init; }

    /// <summary>Gets the time since that jump.</summary>
    /// <value><see langword="null"/> if the clock has not jumped.</value>
    public TimeSpan? SinceClockJump { get; init; }

    /// <summary>Gets the time since this process last found that the server had lost its data.</summary>
    /// <value><see langword="null"/> if it has not found that.</value>
    public TimeSpan? SinceDataLoss { get; init; }
}
