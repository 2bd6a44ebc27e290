using EventTriggers.Faults;
using EventTriggers.Testing;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(ServerFixture))]

namespace EventTriggers.Faults;

/// <summary>The server behind the proxies, and a connection that no fault strikes.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public RedisTestServer Server { get; private set; } = null!;

    public ConnectionMultiplexer Connection { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await RedisTestServer.StartAsync();
        Connection = await Server.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Server.DisposeAsync();
    }
}
