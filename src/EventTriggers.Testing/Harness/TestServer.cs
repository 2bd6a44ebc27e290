using StackExchange.Redis;

namespace EventTriggers.Testing.Harness;

/// <summary>A server for test hosts.</summary>
/// <param name="Connection">The connection, which hosts share.</param>
/// <param name="OthersUseIt">Whether it goes on after the tests, so that a host removes its keys.</param>
internal sealed record TestServer(IConnectionMultiplexer Connection, bool OthersUseIt)
{
    /// <summary>Removes all keys of a prefix.</summary>
    public async Task RemoveAsync(string prefix, int databaseNumber)
    {
        var database = Connection.GetDatabase(databaseNumber);
        foreach (var server in Connection.GetServers().Where(static server => server is { IsConnected: true, IsReplica: false }))
        {
            await foreach (var keys in server.KeysAsync(databaseNumber, $"{{{prefix}:*", pageSize: 1000).Chunk(1000).ConfigureAwait(false))
            {
                await Task.WhenAll(keys.Select(key => database.KeyDeleteAsync(key))).ConfigureAwait(false);
            }
        }
    }
}
