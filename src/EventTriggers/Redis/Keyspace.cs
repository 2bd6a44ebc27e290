using EventTriggers.Diagnostics;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>All keys under one prefix, on the host's connection. What needs Redis gets it here.</summary>
internal sealed class Keyspace : IDisposable
{
    // Version of keys and scripts. Raise it when a process of the old version must not share keys with one of the new.
    public const int Schema = 3;

    private readonly RedisClock _clock;
    private readonly PartitionGate[] _gates;
    private readonly CancellationTokenSource _disposed = new();

    public Keyspace(
        IConnectionMultiplexer connection, IOptions<RedisTriggersOptions> options, RedisClock clock, TimeProvider timeProvider, ILogger<Keyspace>? logger = null)
    {
        Options = options.Value;
        Connection = connection;
        _clock = clock;

        var settings = ConfigurationOptions.Parse(connection.Configuration, ignoreUnknown: true);
        Database = connection.GetDatabase(settings.DefaultDatabase ?? -1);

        var guarded = GuardedLogger.Wrap(logger);
        if (clock.Pinned is null && timeProvider != TimeProvider.System)
        {
            guarded.TimeProviderIsNotRedis(timeProvider.GetType().FullName ?? timeProvider.GetType().Name);
        }

        Partitions = [.. Enumerable.Range(0, Options.Partitions).Select(index => new Partition(
            index, new RedisKeys(Options.KeyPrefix, index), (string?)settings.ChannelPrefix ?? string.Empty, Database.Database))];
        Topology = new Topology(connection, [.. Partitions.Select(static partition => partition.Keys.Root)], TimeProvider.System);
        Scripts = new ScriptRunner(Database, Topology);

        // A connection comes back in real time, also where a test or a host brings a clock of its own: there nobody would ever try again.
        Patience = new RedisRetry(TimeProvider.System, key => Database.IsConnected(key, CommandFlags.DemandMaster), guarded, Topology);
        _gates = [.. Partitions.Select(partition => new PartitionGate(this, partition, guarded, _disposed.Token))];
    }

    public RedisTriggersOptions Options { get; }

    public IConnectionMultiplexer Connection { get; }

    public IDatabase Database { get; }

    public ScriptRunner Scripts { get; }

    public RedisRetry Patience { get; }

    public Topology Topology { get; }

    public IReadOnlyList<Partition> Partitions { get; }

    /// <summary>Gets how long a lease lasts, in ms.</summary>
    public RedisValue LeaseMs => (long)Options.LeaseDuration.TotalMilliseconds;

    /// <summary>Gets after how many ms without a call of any consumer leases are in doubt: no lease that is renewed in time ends earlier, and idle consumers call more often.</summary>
    public RedisValue SilenceMs => (long)Math.Min(0.6 * Options.LeaseDuration.TotalMilliseconds, (Options.LeaseDuration - Options.RenewalInterval).TotalMilliseconds);

    /// <summary>Gets how long an id that the caller chose is remembered, in ms.</summary>
    public RedisValue DeduplicationMs => (long)Options.DeduplicationWindow.TotalMilliseconds;

    /// <summary>Gets cap and age in ms, as scripts take them, of what is processed, cancelled, expired, and of ended triggers.</summary>
    public RedisValue[] ProcessedRetention => [Options.ProcessedLimit, (long)Options.ProcessedRetention.TotalMilliseconds];

    /// <summary>Gets the same, for requests.</summary>
    public Retention EndedRetention => Retention.From(Options.ProcessedLimit, Options.ProcessedRetention);

    /// <summary>Gets the same of dead letters.</summary>
    public Retention DeadLetterRetention => Retention.From(Options.DeadLetterLimit, Options.DeadLetterRetention);

    /// <summary>Gets '' so that the server's clock decides, unless a test brought its own.</summary>
    public RedisValue PinnedNow => _clock.Pinned is null ? RedisValue.EmptyString : _clock.Pinned.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Gets what this machine takes for the time, in unix ms. It decides nothing.</summary>
    public long HostMs => _clock.HostTime.ToUnixTimeMilliseconds();

    public Partition PartitionOf(string id) => Partitions[Routing.PartitionOf(id, Partitions.Count)];

    /// <summary>Begins the time of one call of the API.</summary>
    public Deadline Begin(CancellationToken token = default) => Patience.Begin(Options.OperationTimeout, token);

    /// <summary>Gets what is asked before a partition is used.</summary>
    public PartitionGate GateOf(Partition partition) => _gates[partition.Index];

    /// <summary>Sends one operation, under the same number until it is confirmed.</summary>
    /// <param name="request">The operation; this gives it its lane and number.</param>
    /// <param name="deadline">The time of the call that it is part of; a new one where it is a call of its own.</param>
    /// <returns>What the script answers.</returns>
    public async ValueTask<TReply> OperateAsync<TReply>(LaneRequest<TReply> request, Deadline? deadline = null)
    {
        var (time, partition) = (deadline ?? Begin(), request.Partition);
        await GateOf(partition).OpenAsync(request.What, time).ConfigureAwait(false);
        var lane = partition.Rent();
        request.Enter(lane);
        try
        {
            return await Patience.RunAsync(new RetriedCall(request.What, partition.Keys.Root), time, () =>
            {
                request.Now = PinnedNow;
                return Scripts.RunAsync(request);
            }).ConfigureAwait(false);
        }
        finally
        {
            // Even when a call that is no longer awaited may still arrive: the server ignores a call that arrives after its successor.
            partition.Return(lane);
        }
    }

    /// <summary>Runs a script that changes nothing, until it is answered.</summary>
    /// <param name="what">Names the operation in exceptions.</param>
    /// <param name="partition">Where.</param>
    /// <param name="request">The call.</param>
    /// <param name="deadline">The time of the call that it is part of; a new one where it is a call of its own.</param>
    /// <returns>What the script answers.</returns>
    public Task<TReply> ReadAsync<TReply>(string what, Partition partition, IScriptRequest<TReply> request, Deadline? deadline = null) =>
        ReadAsync(what, partition, _ => Scripts.RunAsync(request).AsTask(), deadline);

    /// <summary>Reads, again until it is answered: reading changes nothing.</summary>
    /// <param name="what">Names the operation in exceptions.</param>
    /// <param name="partition">Where.</param>
    /// <param name="read">Reads.</param>
    /// <param name="deadline">The time of the call that it is part of; a new one where it is a call of its own.</param>
    /// <returns>What was read.</returns>
    public async Task<T> ReadAsync<T>(string what, Partition partition, Func<IDatabase, Task<T>> read, Deadline? deadline = null)
    {
        var time = deadline ?? Begin();
        await GateOf(partition).OpenAsync(what, time).ConfigureAwait(false);
        return await Patience.RunAsync(new RetriedCall(what, partition.Keys.Root) { Changes = false }, time, () => new ValueTask<T>(read(Database))).ConfigureAwait(false);
    }

    /// <summary>Reads a page of an index.</summary>
    /// <exception cref="ForeignKeyException">The key holds something of another type.</exception>
    public async Task<T> ReadIndexAsync<T>(string what, Partition partition, RedisKey key, Func<IDatabase, Task<T>> read, Deadline deadline)
    {
        try
        {
            return await ReadAsync(what, partition, read, deadline).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            var type = await ReadAsync(what, partition, database => database.KeyTypeAsync(key, CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
            throw RedisKeys.Misused(key.ToString(), type.ToString());
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }
}
