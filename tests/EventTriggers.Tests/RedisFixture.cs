using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(RedisFixture))]

namespace EventTriggers.Tests;

/// <summary>One real server for all tests; each test takes a prefix of its own, so that they run side by side.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private static int _prefixes;

    public RedisTestServer Server { get; private set; } = null!;

    /// <summary>Gets the tests' own connection, which may do everything.</summary>
    public ConnectionMultiplexer Connection { get; private set; } = null!;

    /// <summary>Gets the connection of hosts, which may do what is needed and nothing else.</summary>
    public ConnectionMultiplexer HostConnection { get; private set; } = null!;

    public string HostConnectionString { get; private set; } = string.Empty;

    public IDatabase Database => Connection.GetDatabase();

    public bool IsGarnet => Server.Kind == "garnet";

    public bool IsCluster => Server.Kind == "cluster";

    /// <summary>Skips a test that starts redis-server itself, where the run is about another server.</summary>
    public void SkipUnlessRedis(bool orCluster = false)
    {
        if (Server.Kind is not ("redis-server" or "valkey-server") && !(orCluster && IsCluster))
        {
            Assert.Skip($"Needs redis-server; this run has {Server.Kind}.");
        }
    }

    /// <summary>Skips a test that puts a proxy before the server.</summary>
    public void SkipInACluster()
    {
        if (IsCluster)
        {
            Assert.Skip("A proxy stands before one server: in a cluster the client would go past it.");
        }
    }

    /// <summary>Gets how a host connects through a proxy.</summary>
    public string HostThrough(string proxy) => HostConnectionString.Replace(Server.ConnectionString, proxy, StringComparison.Ordinal);

    public static string NewPrefix() => $"t{Interlocked.Increment(ref _prefixes)}-{Guid.NewGuid():N}"[..16];

    public async ValueTask InitializeAsync()
    {
        Server = await RedisTestServer.StartAsync();
        Connection = await Server.ConnectAsync();
        HostConnectionString = await LeastPrivilege.ConnectionStringAsync(Server, Connection);

        // No test waits for this connection to give up, and a busy machine may stand still for seconds.
        HostConnection = await ConnectionMultiplexer.ConnectAsync($"{HostConnectionString},asyncTimeout=30000");
    }

    public async ValueTask DisposeAsync()
    {
        await HostConnection.DisposeAsync();
        await Connection.DisposeAsync();
        await Server.DisposeAsync();
    }
}
