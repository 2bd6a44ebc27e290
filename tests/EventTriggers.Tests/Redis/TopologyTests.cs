using EventTriggers.Redis;
using StackExchange.Redis;

namespace EventTriggers.Tests.Redis;

/// <summary>Where keys are, as far as the client knows.</summary>
public sealed class TopologyTests
{
    // What is thrown here would end calls that wait for the server, such as those that record outcomes.
    [Fact]
    public async Task WithoutAnyConnection_NoServerHasAKey()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            "127.0.0.1:1,abortConnect=false,connectTimeout=100,connectRetry=0");

        var topology = new Topology(connection, [], TimeProvider.System);

        topology.PrimaryOf("key").Should().BeNull();
        topology.IsConnected("key").Should().BeFalse();
        (await topology.LeadsToAsync("key")).Should().BeFalse();
    }
}
