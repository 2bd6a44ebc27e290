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

    public static string NewPrefix() => $"t{Interlocked.Increment(ref _prefixes)}-{Guid.NewGuid():N}"[..16];

    public async ValueTask InitializeAsync()
    {
        Server = await RedisTestServer.StartAsync();
        Connection = await Server.ConnectAsync();
        HostConnectionString = await LeastPrivilege.ConnectionStringAsync(Server, Connection);
        HostConnection = await ConnectionMultiplexer.ConnectAsync(HostConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await HostConnection.DisposeAsync();
        await Connection.DisposeAsync();
        await Server.DisposeAsync();
    }
}
