namespace EventTriggers;

/// <summary>Settings of the event bus, its triggers, and its consumer loop. They are validated when they are first used.</summary>
public sealed class RedisTriggersOptions
{
    /// <summary>Gets or sets the prefix of every key and channel. Hosts that share it share everything.</summary>
    /// <value>1–100 characters of <c>A–Z a–z 0–9 . _ -</c>. The default is <c>et</c>.</value>
    public string KeyPrefix { get; set; } = "et";

    /// <summary>Gets or sets the name of the default group: the one whose handlers are added without <c>AddGroup</c>.</summary>
    /// <value>1–100 characters of <c>A–Z a–z 0–9 . _ -</c>. The default is <c>default</c>.</value>
    public string Group { get; set; } = "default";

    /// <summary>
    /// Gets or sets the number of partitions: independent shards of the keys. It cannot be changed once a prefix is in use.
    /// </summary>
    /// <value>1–1024. The default is 1; on Redis Cluster take a few for each node.</value>
    public int Partitions { get; set; } = 1;

    /// <summary>Gets or sets the number of handlers that run at the same time.</summary>
    /// <value>1–10000. The default is 32.</value>
    public int Concurrency { get; set; } = 32;

    /// <summary>Gets the settings of single groups, by name. They replace what <c>AddGroup</c> says in code, setting by setting; what
    /// neither sets follows the settings of this class.</summary>
    /// <value>Only names of groups that have handlers here. The default is empty.</value>
    public IDictionary<string, GroupOptions> Groups { get; } =
        new Dictionary<string, GroupOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets the number of events that are matched with triggers at the same time.</summary>
    /// <value>0–10000. The default is 64. With 0, this host leaves matching to the other hosts of the prefix: without any, event triggers
    /// do not fire.</value>
    public int MatchingConcurrency { get; set; } = 64;

    /// <summary>Gets or sets the time after which another consumer may take a delivery whose lease was not renewed.</summary>
    /// <value>1 second to 1 day. The default is 20 seconds: what a crashed process held is handled again after that time.</value>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets or sets the interval at which leases are renewed.</summary>
    /// <value>Positive, at most half of <see cref="LeaseDuration"/>. The default is 5 seconds.</value>
    public TimeSpan RenewalInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gets or sets what happens to running handlers while their delivery's lease is in doubt.
    /// <see cref="HandlerOptions.WhenLeaseIsInDoubt"/> overrides it for one handler.
    /// </summary>
    /// <value>The default is <see cref="LeaseDoubt.Continue"/>.</value>
    public LeaseDoubt WhenLeaseIsInDoubt { get; set; }

    /// <summary>Gets or sets the number of failed attempts after which a delivery becomes a dead letter.</summary>
    /// <value>1–1000. The default is 10.</value>
    public int MaxAttempts { get; set; } = 10;

    /// <summary>Gets or sets the longest chain of triggers that fire one another. An event at the end of such a chain fires no further
    /// trigger, and becomes a dead letter of the internal group <c>$triggers</c>. Follow-up events continue the chain.</summary>
    /// <value>1–1000. The default is 16.</value>
    public int MaxTriggerChain { get; set; } = 16;

    /// <summary>Gets or sets the number of crashed consumers after which a delivery becomes a dead letter.</summary>
    /// <value>1–1000. The default is 5.</value>
    public int MaxCrashes { get; set; } = 5;

    /// <summary>
    /// Gets or sets a value indicating whether the stack traces of failed attempts are stored, at most 4 KiB for each of the last five
    /// attempts of a delivery. See <see cref="AttemptRecord.StackTrace"/>.
    /// </summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool RecordStackTraces { get; set; } = true;

    /// <summary>
    /// Gets or sets the delay limit of the first retry. Each further retry doubles it; the delay is drawn evenly from 0 to the limit.
    /// </summary>
    /// <value>Positive. The default is 1 second.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the longest delay limit of a retry.</summary>
    /// <value>At least <see cref="RetryDelay"/>, at most 1 day. The default is 10 minutes.</value>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets the time after which a delivery becomes a dead letter if no running process of the group handles its type.
    /// While a process handles it, the delivery waits without a limit.</summary>
    /// <remarks>
    /// A process that claims a delivery of a type that it does not handle, for example during a deployment, passes it on immediately to
    /// those that do. That costs no attempt.
    /// </remarks>
    /// <value>1 second to 30 days. The default is 1 day.</value>
    public TimeSpan UnhandledTimeout { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Gets or sets the time that running handlers may take when the host stops.</summary>
    /// <value>Not negative, at most 1 day. The default is 20 seconds.</value>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Gets or sets the time after which a handler's token is canceled; the attempt has then failed. If the handler still runs 5 seconds
    /// later, its delivery is retried by another worker, and the stuck worker is logged until the handler returns. Without a limit, a
    /// handler keeps its delivery for as long as it runs.
    /// </summary>
    /// <value>Positive, at most 1 day, or <see langword="null"/> or <see cref="Timeout.InfiniteTimeSpan"/> for no limit. The default is
    /// <see langword="null"/>.</value>
    public TimeSpan? HandlerTimeout { get; set; }

    /// <summary>
    /// Gets or sets the interval at which an idle loop looks for work without being woken, while its wake-up channel is connected.
    /// </summary>
    /// <value>100 milliseconds to 1 hour. The default is 5 seconds.</value>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the interval at which an idle loop looks for work while its wake-up channel is disconnected.</summary>
    /// <value>10 milliseconds to <see cref="PollInterval"/>. The default is 1 second.</value>
    public TimeSpan PollIntervalWhenDisconnected { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the time within which an id that you choose is accepted only once.</summary>
    /// <value>1 second to 30 days. The default is 1 hour.</value>
    public TimeSpan DeduplicationWindow { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets the time for which a publish, or a call of a store, is retried while Redis does not confirm it.</summary>
    /// <value>1 second to 1 hour. The default is 30 seconds.</value>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the largest payload, in bytes of JSON.</summary>
    /// <value>1–16777216. The default is 262144 (256 KiB).</value>
    public int MaxPayloadBytes { get; set; } = 256 * 1024;

    /// <summary>Gets or sets the approximate number of bytes of published events that Redis has not confirmed yet. A publish beyond that
    /// throws a <see cref="PublishBacklogFullException"/>: a producer that is faster than Redis and does not wait would fill the memory of
    /// this process. With several partitions, one half is shared and the other half is divided among them, so that events for an
    /// unreachable partition do not block the others.</summary>
    /// <value>1048576–1073741824. The default is 67108864 (64 MiB).</value>
    public int MaxPendingPublishBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Gets or sets how many ready deliveries a group may have. While a group has as many, publishing an event that goes to it throws a
    /// <see cref="PublishRefusedException"/>, also where other groups have room. Deliveries that wait for others of their key count. What
    /// handlers and triggers publish is accepted all the same, and so are events with a delay. With several partitions, each of them takes
    /// an equal share, rounded up, and events without a key are spread over them at random. The internal group, which matches events with
    /// triggers, has no bound.
    /// </summary>
    /// <value>1–1000000000. The default is <see langword="null"/>: any number. The events of one call are accepted or refused together, so
    /// a group may have up to 100 more.</value>
    public int? MaxReadyPerGroup { get; set; }

    /// <summary>Gets or sets the time for which processed, canceled and expired deliveries, and ended triggers, are remembered.</summary>
    /// <value>0 to 3650 days. The default is 1 hour.</value>
    public TimeSpan ProcessedRetention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Gets or sets the number of processed, canceled and expired deliveries, and of ended triggers, that are remembered for each group and
    /// partition. The oldest is forgotten first. With 0, an event is deleted when it is handled; to claim and record it then takes the
    /// server about a third fewer instructions, unless it has a key, or an event of its partition ever went to several groups.
    /// </summary>
    /// <value>0–10000000. The default is 10000.</value>
    public int ProcessedLimit { get; set; } = 10_000;

    /// <summary>Gets or sets the time for which dead letters are remembered.</summary>
    /// <value>0 to 3650 days. The default is 30 days.</value>
    public TimeSpan DeadLetterRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Gets or sets the number of dead letters that are remembered for each group and partition. The oldest is forgotten first.
    /// </summary>
    /// <value>0–10000000. The default is 10000.</value>
    public int DeadLetterLimit { get; set; } = 10_000;

    /// <summary>Gets or sets whether the span that handles an event continues the trace in which the event was published.</summary>
    /// <value>The default is <see cref="TraceParenting.Auto"/>.</value>
    public TraceParenting TraceParenting { get; set; }

    /// <summary>Gets or sets the maximum number of key values for which a trigger over time keeps state.</summary>
    internal int MostLiveKeys { get; set; } = 1_000_000;

    /// <summary>Gets the values of KeyPrefix and Group that calls of AddRedisTriggers set; they must agree.</summary>
    internal List<(string Property, string Value)> Chosen { get; } = [];

    /// <summary>Applies what one call of AddRedisTriggers configures, and notes what it chooses.</summary>
    internal void Configure(Action<RedisTriggersOptions> configure)
    {
        var (prefix, group) = (KeyPrefix, Group);

        // New instances of the same strings: a reference that is unchanged afterwards was not assigned.
        var (untouchedPrefix, untouchedGroup) = (new string(prefix), new string(group));
        (KeyPrefix, Group) = (untouchedPrefix, untouchedGroup);
        configure(this);
        Note(nameof(KeyPrefix), KeyPrefix, untouchedPrefix);
        Note(nameof(Group), Group, untouchedGroup);
    }

    private void Note(string property, string value, string untouched)
    {
        if (!ReferenceEquals(value, untouched))
        {
            Chosen.Add((property, value));
        }
    }
}
