using System.Collections.Concurrent;
using StackExchange.Redis;

namespace EventTriggers.Testing.Harness;

/// <summary>
/// The connections of this process, each made once: starting a server and connecting take longer than most tests. They end with the
/// process.
/// </summary>
internal static class SharedServers
{
    // A machine that is busy with tests may stand still for seconds.
    private const int TimeoutMs = 30_000;

    private static readonly ConcurrentDictionary<string, Lazy<Task<IConnectionMultiplexer>>> Given = new(StringComparer.Ordinal);
    private static readonly Lazy<Task<TestServer>> Started = new(StartAsync);

    /// <summary>Gets the server that the options name, or the one that is shared.</summary>
    /// <exception cref="InvalidOperationException">No server could be found or started.</exception>
    public static async Task<TestServer> GetAsync(EventTriggersTestHostOptions options, CancellationToken cancellationToken)
    {
        if (options.Connection is { } connection)
        {
            return new TestServer(connection, OthersUseIt: true);
        }

        if (options.ConnectionString is { } text)
        {
            var connecting = Given.GetOrAdd(text, static text => new Lazy<Task<IConnectionMultiplexer>>(() => ConnectAsync(text)));
            return new TestServer(await connecting.Value.WaitAsync(cancellationToken).ConfigureAwait(false), OthersUseIt: true);
        }

        return await Started.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await RedisTestServer.StartAsync(CancellationToken.None).ConfigureAwait(false);
        return new TestServer(await ConnectAsync(server.ConnectionString).ConfigureAwait(false), OthersUseIt: server.Kind == "given");
    }

    private static async Task<IConnectionMultiplexer> ConnectAsync(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AsyncTimeout = Math.Max(options.AsyncTimeout, TimeoutMs);
        return await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
    }
}
