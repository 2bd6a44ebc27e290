using StackExchange.Redis;

namespace EventTriggers.Testing;

/// <summary>A real server for tests and samples, thrown away when it is disposed.</summary>
/// <remarks>
/// <see cref="StartAsync"/> takes the first that it finds: a server named by <c>EVENTTRIGGERS_REDIS</c>; <c>redis-server</c> or
/// <c>valkey-server</c> on the PATH; Docker, where the package <c>EventTriggers.Testing.Containers</c> is referenced; Garnet from the NuGet
/// package <c>garnet-server</c>, which a build restores. <c>EVENTTRIGGERS_TEST_SERVER</c> (<c>redis</c>, <c>docker</c>, <c>garnet</c>,
/// <c>cluster</c>: three nodes of redis-server 7.0 or newer) forces one. Started servers listen on loopback only, on a free port, and keep
/// nothing.
/// </remarks>
public sealed class RedisTestServer : IAsyncDisposable
{
    private readonly IAsyncDisposable? _owned;

    internal RedisTestServer(string kind, string connectionString, IAsyncDisposable? owned)
    {
        Kind = kind;
        ConnectionString = connectionString;
        _owned = owned;
    }

    /// <summary>
    /// Gets which server it is: <c>given</c>, <c>redis-server</c>, <c>valkey-server</c>, <c>docker</c>, <c>garnet</c> or <c>cluster</c>.
    /// </summary>
    public string Kind { get; }

    /// <summary>Gets the connection string, for <see cref="ConnectionMultiplexer.ConnectAsync(string, TextWriter)"/>.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts a server, or finds the one that was named.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The server, ready for connections.</returns>
    /// <exception cref="InvalidOperationException">No server could be found or started; the message says what was tried.</exception>
    public static async Task<RedisTestServer> StartAsync(CancellationToken cancellationToken = default)
    {
        var forced = Environment.GetEnvironmentVariable("EVENTTRIGGERS_TEST_SERVER");
        if (string.IsNullOrEmpty(forced) && Environment.GetEnvironmentVariable("EVENTTRIGGERS_REDIS") is { Length: > 0 } given)
        {
            return new RedisTestServer("given", given, owned: null);
        }

        var tried = new List<string>();
        var sources = string.IsNullOrEmpty(forced)
            ? ServerSource.All
            : [.. ServerSource.All.Concat(ServerSource.OnRequest).Where(source => source.Name == forced)];
        foreach (var source in sources)
        {
            try
            {
                return await source.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ServerNotFoundException e)
            {
                tried.Add($"{source.Name}: {e.Message}");
            }
        }

        throw new InvalidOperationException(tried.Count == 0
            ? $"EVENTTRIGGERS_TEST_SERVER must be redis, docker, garnet or cluster, but is '{forced}'."
            : $"No Redis server could be started. {string.Join(" ", tried)}");
    }

    /// <summary>Connects to the server.</summary>
    /// <param name="configure">Changes the client's settings.</param>
    /// <returns>A connection; the caller disposes it.</returns>
    public async Task<ConnectionMultiplexer> ConnectAsync(Action<ConfigurationOptions>? configure = null)
    {
        var options = ConfigurationOptions.Parse(ConnectionString);
        configure?.Invoke(options);
        return await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
    }

    /// <summary>Stops the server, if it was started here.</summary>
    /// <returns>A task that completes when it has stopped.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_owned is not null)
        {
            await _owned.DisposeAsync().ConfigureAwait(false);
        }
    }
}
