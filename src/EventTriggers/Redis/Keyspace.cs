using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// All keys under one prefix, on the host's connection, and the settings that go with each call. What needs Redis gets it here.
/// </summary>
internal sealed class Keyspace : IDisposable
{
    private readonly RedisClock _clock;
    private readonly PartitionGate[] _gates;
    private readonly Lazy<ServerAddress> _server;
    private readonly CancellationTokenSource _disposed = new();

    public Keyspace(
        IConnectionMultiplexer connection, RedisTriggersOptions options, RedisClock clock, TimeProvider timeProvider,
        ILogger<Keyspace>? logger = null)
    {
        Options = options;
        Connection = connection;
        _clock = clock;
        _server = new Lazy<ServerAddress>(() => ServerAddresses.Find(connection));

        var settings = ConfigurationOptions.Parse(connection.Configuration, ignoreUnknown: true);
        Database = connection.GetDatabase(settings.DefaultDatabase ?? -1);

        var guarded = GuardedLogger.Wrap(logger);
        if (clock.Pinned is null && timeProvider != TimeProvider.System)
        {
            guarded.CustomTimeProvider(timeProvider.GetType().FullName ?? timeProvider.GetType().Name);
        }

        Partitions = [.. Enumerable.Range(0, Options.Partitions).Select(index => new Partition(
            index, new RedisKeys(Options.KeyPrefix, index), (string?)settings.ChannelPrefix ?? string.Empty, Database.Database))];
        Topology = new Topology(connection, [.. Partitions.Select(static partition => partition.Keys.Root)], TimeProvider.System);
        Scripts = new ScriptRunner(Database, Topology);

        // A connection comes back in real time, even where a test or a host brings its own clock: by that clock the next attempt might
        // never come.
        Retry = new RedisRetry(TimeProvider.System, Topology.IsConnected, guarded, Topology);
        Operations = new RedisOperations(this);
        _gates = [.. Partitions.Select(partition => new PartitionGate(this, partition, guarded, _disposed.Token))];
    }

    public RedisTriggersOptions Options { get; }

    public IConnectionMultiplexer Connection { get; }

    /// <summary>Gets the server to which the connection leads, for telemetry.</summary>
    public ServerAddress Server => _server.Value;

    public IDatabase Database { get; }

    public ScriptRunner Scripts { get; }

    public RedisRetry Retry { get; }

    public Topology Topology { get; }

    public IReadOnlyList<Partition> Partitions { get; }

    /// <summary>Gets what makes the calls of the API.</summary>
    public RedisOperations Operations { get; }

    /// <summary>
    /// Gets the time without a call of any consumer after which leases are in doubt, in ms. No lease that is renewed in time ends earlier,
    /// and idle consumers call more often.
    /// </summary>
    public RedisValue SilenceMs =>
        (long)Math.Min(0.6 * Options.LeaseDuration.TotalMilliseconds, (Options.LeaseDuration - Options.RenewalInterval).TotalMilliseconds);

    /// <summary>Gets how long an id that the caller chose is remembered, in ms.</summary>
    public RedisValue DeduplicationMs => (long)Options.DeduplicationWindow.TotalMilliseconds;

    /// <summary>Gets how much is remembered of deliveries that are processed, canceled or expired, and of ended triggers.</summary>
    public Retention EndedRetention => Retention.From(Options.ProcessedLimit, Options.ProcessedRetention);

    /// <summary>Gets how much is remembered of dead letters.</summary>
    public Retention DeadLetterRetention => Retention.From(Options.DeadLetterLimit, Options.DeadLetterRetention);

    /// <summary>Gets the time to take for now: empty, so that the server's clock decides, unless a test brings its own clock.</summary>
    public RedisValue PinnedNow => _clock.Pinned is null ? RedisValue.EmptyString : _clock.Pinned.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Gets the time by this machine's clock, in unix ms. It decides nothing.</summary>
    public long HostMs => _clock.HostTime.ToUnixTimeMilliseconds();

    public Partition PartitionOf(string id) => Partitions[Routing.PartitionOf(id, Partitions.Count)];

    /// <summary>Starts the time of one call of the API.</summary>
    public Deadline Begin(CancellationToken token = default) => Retry.Begin(Options.OperationTimeout, token);

    /// <summary>Gets the gate of a partition, which opens before its first use.</summary>
    public PartitionGate GateOf(Partition partition) => _gates[partition.Index];

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }
}
