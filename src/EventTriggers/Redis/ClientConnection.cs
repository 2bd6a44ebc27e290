using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>What the consumer's loop has to know of the client's connection.</summary>
internal sealed class ClientConnection(IConnectionMultiplexer connection)
{
    /// <summary>Gets a value indicating whether it leads to a cluster, as far as the client knows.</summary>
    public bool IsCluster => connection.GetServers().Any(static server => server.ServerType == ServerType.Cluster);

    /// <summary>Calls back after each interruption, until what is returned is disposed.</summary>
    public IDisposable OnInterrupted(Action interrupted) => new Listener(connection, interrupted);

    private sealed class Listener : IDisposable
    {
        private readonly IConnectionMultiplexer _connection;
        private readonly Action _interrupted;

        public Listener(IConnectionMultiplexer connection, Action interrupted)
        {
            (_connection, _interrupted) = (connection, interrupted);
            _connection.ConnectionRestored += OnEvent;
            _connection.ConfigurationChanged += OnEvent;
        }

        public void Dispose()
        {
            _connection.ConnectionRestored -= OnEvent;
            _connection.ConfigurationChanged -= OnEvent;
        }

        private void OnEvent(object? sender, EventArgs e) => _interrupted();
    }
}
