namespace EventTriggers;

/// <summary>
/// Settings of one group of this host. A setting that is not set follows <see cref="RedisTriggersOptions"/>.
/// </summary>
public sealed class GroupOptions
{
    /// <summary>Gets or sets the number of the group's handlers that run at the same time.</summary>
    /// <value>1–10000. The default is <see langword="null"/>: <see cref="RedisTriggersOptions.Concurrency"/> applies.</value>
    public int? Concurrency { get; set; }

    /// <summary>Gets or sets the number of failed attempts after which a delivery becomes a dead letter.</summary>
    /// <value>1–1000. The default is <see langword="null"/>: <see cref="RedisTriggersOptions.MaxAttempts"/> applies.</value>
    public int? MaxAttempts { get; set; }

    /// <summary>Gets or sets the number of crashed consumers after which a delivery becomes a dead letter.</summary>
    /// <value>1–1000. The default is <see langword="null"/>: <see cref="RedisTriggersOptions.MaxCrashes"/> applies.</value>
    public int? MaxCrashes { get; set; }

    /// <summary>Gets or sets the delay limit of the first retry.</summary>
    /// <value>Positive. The default is <see langword="null"/>: <see cref="RedisTriggersOptions.RetryDelay"/> applies.</value>
    public TimeSpan? RetryDelay { get; set; }

    /// <summary>Gets or sets the longest delay limit of a retry.</summary>
    /// <value>At least the group's retry delay, at most 1 day. The default is <see langword="null"/>:
    /// <see cref="RedisTriggersOptions.MaxRetryDelay"/> applies.</value>
    public TimeSpan? MaxRetryDelay { get; set; }

    /// <summary>Gets or sets the time after which a handler's token is canceled; the attempt has then failed.</summary>
    /// <value>Positive, at most 1 day, or <see cref="Timeout.InfiniteTimeSpan"/> for no limit. The default is <see langword="null"/>:
    /// <see cref="RedisTriggersOptions.HandlerTimeout"/> applies.</value>
    public TimeSpan? HandlerTimeout { get; set; }

    /// <summary>Gets or sets the time after which a delivery becomes a dead letter if no running process of the group handles its type.
    /// </summary>
    /// <value>1 second to 30 days. The default is <see langword="null"/>: <see cref="RedisTriggersOptions.UnhandledTimeout"/> applies.
    /// </value>
    public TimeSpan? UnhandledTimeout { get; set; }

    /// <summary>Gets or sets the time that the group's running handlers may take when the host stops.</summary>
    /// <value>Not negative, at most 1 day. The default is <see langword="null"/>: <see cref="RedisTriggersOptions.DrainTimeout"/> applies.
    /// </value>
    public TimeSpan? DrainTimeout { get; set; }

    /// <summary>Gets or sets what happens to running handlers while their delivery's lease is in doubt.</summary>
    /// <value>The default is <see langword="null"/>: <see cref="LeaseDoubt.Cancel"/> in a group with
    /// <see cref="ConcurrencyPerKey"/>, so that two handlers of a key overlap only if one does not honor its token; otherwise
    /// <see cref="RedisTriggersOptions.WhenLeaseIsInDoubt"/> applies.</value>
    public LeaseDoubt? WhenLeaseIsInDoubt { get; set; }

    /// <summary>
    /// Gets or sets how many deliveries of one key (<see cref="PublishOptions.Key"/>) the whole group handles at a time, in all its
    /// processes together. With 1 they are handled in the order in which they became ready: a delivery that failed is tried again before
    /// the next one begins.
    /// </summary>
    /// <value>1–100. The default is <see langword="null"/>: the group ignores keys. Takes effect when the host starts. While processes of
    /// the group differ, the smallest number applies to all of them, until none has asked for it for some minutes.</value>
    public int? ConcurrencyPerKey { get; set; }

    /// <summary>Gets or sets what happens to the events of a key behind a dead letter.</summary>
    /// <value>The default is <see langword="null"/>, which is <see cref="DeadLetters.PassBy"/>. <see cref="DeadLetters.Hold"/> needs a
    /// <see cref="ConcurrencyPerKey"/> of 1. Takes effect when the host starts.</value>
    public DeadLetters? OnDead { get; set; }

    /// <summary>
    /// Gets or sets how many deliveries of one key may wait behind those that are handled. While as many do, publishing another event with
    /// the key throws a <see cref="PublishRefusedException"/>, in every process. What handlers and triggers publish is accepted all the
    /// same, and so are events with a delay.
    /// </summary>
    /// <value>1–10000000. The default is <see langword="null"/>: any number. It needs a <see cref="ConcurrencyPerKey"/> or a
    /// <see cref="LimitPerKey"/>. Takes effect when the host starts; while processes of the group differ, the one that subscribed last
    /// applies.</value>
    public int? MaxBacklogPerKey { get; set; }

    /// <summary>
    /// Gets or sets the limit of how many deliveries of one key (<see cref="PublishOptions.Key"/>) begin in a span of time, in all
    /// processes together. A key that must wait holds up no other; deliveries without a key are not limited by it. Retries count, too.
    /// </summary>
    /// <value>The default is <see langword="null"/>: no limit. Takes effect when the host starts. While processes of the group differ, the
    /// numbers of the one that subscribed last apply; the limit ends when none has asked for one for some minutes.</value>
    public LimitOptions? LimitPerKey { get; set; }

    /// <summary>
    /// Gets the limits of how many deliveries of the group begin in a span of time, in all processes together, by name. Groups that name
    /// the same limit share it. A delivery begins when all of them allow it; retries count, too.
    /// </summary>
    /// <value>At most 10. A name has 1–100 characters of A–Z a–z 0–9 . _ - or is <see cref="LimitOptions.OwnName"/>, for the limit that
    /// the group shares with no other. The default is empty: no limit. Takes effect when the host starts. Where processes know a limit
    /// with different numbers, each asks it by its own.</value>
    public IDictionary<string, LimitOptions> Limits { get; private set; } =
        new Dictionary<string, LimitOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Copies the settings: what is configured later must not change those of the code.</summary>
    internal GroupOptions Copy()
    {
        var copy = (GroupOptions)MemberwiseClone();
        copy.LimitPerKey = LimitPerKey?.Copy();
        copy.Limits = Limits.ToDictionary(static one => one.Key, static one => one.Value.Copy(), StringComparer.OrdinalIgnoreCase);
        return copy;
    }
}
