using EventTriggers.Consuming.RateLimits;

namespace EventTriggers.Consuming;

/// <summary>The settings of one group of this host: its own, and the host's where it has none.</summary>
internal sealed record GroupSettings
{
    public required string Name { get; init; }

    public required int Concurrency { get; init; }

    public required int MaxAttempts { get; init; }

    public required int MaxCrashes { get; init; }

    public required TimeSpan RetryDelay { get; init; }

    public required TimeSpan MaxRetryDelay { get; init; }

    /// <summary>Gets the time limit of a handler; <see langword="null"/> for none.</summary>
    public required TimeSpan? HandlerTimeout { get; init; }

    public required TimeSpan UnhandledTimeout { get; init; }

    public required TimeSpan DrainTimeout { get; init; }

    public required LeaseDoubt WhenLeaseIsInDoubt { get; init; }

    /// <summary>Gets how it treats deliveries that have a key.</summary>
    public required KeyMode Mode { get; init; }

    /// <summary>Gets how many of its deliveries may begin in a span of time; empty for any number.</summary>
    public required IReadOnlyList<RateLimit> Limits { get; init; }

    /// <param name="name">The group's name.</param>
    /// <param name="host">The host's settings.</param>
    /// <param name="started">How it ordered by key when the host started; <see langword="null"/> when it starts.</param>
    public static GroupSettings Of(string name, RedisTriggersOptions host, KeyMode? started = null)
    {
        var own = host.Groups.TryGetValue(name, out var options) ? options : new GroupOptions();
        var mode = started ?? KeyMode.Of(own);
        return new GroupSettings
        {
            Name = name,
            Concurrency = own.Concurrency ?? host.Concurrency,
            MaxAttempts = own.MaxAttempts ?? host.MaxAttempts,
            MaxCrashes = own.MaxCrashes ?? host.MaxCrashes,
            RetryDelay = own.RetryDelay ?? host.RetryDelay,
            MaxRetryDelay = own.MaxRetryDelay ?? host.MaxRetryDelay,
            HandlerTimeout = Limit(own.HandlerTimeout ?? host.HandlerTimeout),
            UnhandledTimeout = own.UnhandledTimeout ?? host.UnhandledTimeout,
            DrainTimeout = own.DrainTimeout ?? host.DrainTimeout,
            WhenLeaseIsInDoubt = own.WhenLeaseIsInDoubt ?? (mode.Orders ? LeaseDoubt.Cancel : host.WhenLeaseIsInDoubt),
            Mode = mode,
            Limits = RateLimit.Of(name, own),
        };
    }

    /// <summary>Gets a value indicating whether rates limit what begins: then no more is claimed than can begin at once.</summary>
    public bool IsLimited => Limits.Count > 0 || Mode.Limit is not null;

    /// <summary>Gets a limit of time as it applies: none, where the longest is set.</summary>
    public static TimeSpan? Limit(TimeSpan? limit) => limit == Timeout.InfiniteTimeSpan ? null : limit;
}
