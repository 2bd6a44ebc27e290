using EventTriggers.Redis;
using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>A host on a cluster of three nodes, of which the first goes away and comes back.</summary>
internal sealed class Shards : IAsyncDisposable
{
    /// <summary>How long a call has, unless a test says otherwise.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    /// <summary>Less than the time of a call, and far more than a busy machine stands still.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromSeconds(3.5);

    private readonly ClusterProcesses _cluster;
    private readonly ConnectionMultiplexer _connection;
    private readonly int[] _homes;

    private Shards(ClusterProcesses cluster, ConnectionMultiplexer connection, TestHost host)
    {
        (_cluster, _connection, Host) = (cluster, connection, host);
        _homes = [.. host.Keyspace.Partitions.Select(partition => ClusterTests.NodeOf(connection, cluster, partition.Keys.Root))];
    }

    public TestHost Host { get; }

    /// <summary>Gets what reads the nodes for the judge: plain commands, and none of the library's code.</summary>
    public IDatabase Database => _connection.GetDatabase();

    public IReadOnlyList<int> Dead => [.. _homes.Index().Where(static home => home.Item == 0).Select(static home => home.Index)];

    public IReadOnlyList<Partition> Alive => [.. Host.Keyspace.Partitions.Where(partition => _homes[partition.Index] != 0)];

    public static async Task<Shards> StartAsync(
        RedisFixture redis, TimeSpan timeout, Action<IRedisTriggersBuilder>? build = null, Action<RedisTriggersOptions>? configure = null)
    {
        redis.SkipUnlessRedis();
        var cluster = await ClusterProcesses.StartAsync(primaries: 3, replicas: 0, CancellationToken.None);
        var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString);
        var host = TestHost.Create(
            redis,
            build,
            options =>
            {
                (options.Partitions, options.OperationTimeout) = (ClusterTests.Partitions, timeout);
                configure?.Invoke(options);
            },
            prefix: await ClusterTests.SpreadPrefixAsync(connection),
            connection: connection);
        await host.Keyspace.EnsureReadyAsync();
        return new Shards(cluster, connection, host);
    }

    public bool IsDead(string id) => _homes[Host.Keyspace.PartitionOf(id).Index] == 0;

    /// <summary>Publishes so many probes in one call, in all partitions.</summary>
    public Task<IReadOnlyList<string>> PublishAsync(int count) =>
        Host.Bus.PublishSpreadAsync(Enumerable.Range(0, count).Select(static n => new Probe($"{n}")));

    /// <summary>How many are ready on the nodes that stay, as these say.</summary>
    public Task<long> ReadyAsync() => LengthAsync(static partition => partition.Keys.Of("default").Ready);

    /// <summary>How long a list is on the nodes that stay, in all.</summary>
    public async Task<long> LengthAsync(Func<Partition, RedisKey> key)
    {
        var all = 0L;
        foreach (var partition in Alive)
        {
            all += await Database.ListLengthAsync(key(partition));
        }

        return all;
    }

    /// <summary>Gets ids that live on the nodes that stay.</summary>
    public string[] AliveIds(int count, string name = "id") => Ids(count, name, isDead: false);

    public string[] DeadIds(int count, string name = "id") => Ids(count, name, isDead: true);

    /// <summary>
    /// Takes the first node away: 'killed', so that no connection leads there, or 'stopped', so that it takes what is sent and does not
    /// answer.
    /// </summary>
    public async Task LeaveAsync(string how)
    {
        if (how == "stopped")
        {
            await Signals.SendAsync(_cluster.Nodes[0].Id, "STOP");
        }
        else
        {
            await _cluster.Nodes[0].KillAsync();
            await Wait.UntilAsync(() => !_connection.GetServer("127.0.0.1", _cluster.Nodes[0].Port).IsConnected, "the client notices");
        }
    }

    /// <summary>Brings the first node back, and waits until all that was sent to it has run, or never will.</summary>
    public async Task ReturnAsync(string how)
    {
        await (how == "killed" ? _cluster.Nodes[0].RestartAsync() : Signals.SendAsync(_cluster.Nodes[0].Id, "CONT"));
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    foreach (var id in DeadIds(4, "back"))
                    {
                        await Host.Bus.PublishAsync(new Probe("x"), new PublishOptions { Id = id });
                    }

                    return true;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the node is back");
    }

    /// <summary>Lets the handlers' group take events, in every partition.</summary>
    public async Task SubscribeAsync(params string[] types)
    {
        foreach (var partition in Host.Keyspace.Partitions)
        {
            await new ManualConsumer(Host, partition: partition.Index).SubscribeAsync(types);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _cluster.Nodes)
        {
            await node.KillAsync();
        }

        await Host.DisposeAsync();
        await _connection.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private string[] Ids(int count, string name, bool isDead) =>
        [.. Enumerable.Range(0, 100_000).Select(n => $"{name}{n}").Where(id => IsDead(id) == isDead).Take(count)];
}
