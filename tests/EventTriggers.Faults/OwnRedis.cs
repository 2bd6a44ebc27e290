using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace EventTriggers.Faults;

/// <summary>A redis-server that a test may restart, stop, fill and misconfigure.</summary>
internal sealed class OwnRedis : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private OwnRedis(ServerProcess process, ConnectionMultiplexer admin)
    {
        (_process, Admin) = (process, admin);
    }

    public string ConnectionString => _process.ConnectionString;

    public string Folder => _process.Folder;

    /// <summary>Gets a connection that the faults leave alone, as far as they can.</summary>
    public ConnectionMultiplexer Admin { get; }

    /// <param name="redis">What the run has: it is skipped where that is another server.</param>
    /// <param name="settings">Further settings, as on the command line.</param>
    public static async Task<OwnRedis> StartAsync(RedisFixture redis, params string[] settings)
    {
        redis.SkipUnlessRedis();

        var process = await ServerProcess.StartAsync(
            ServerSource.Installed,
            (port, folder) =>
            [
                "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", string.Empty, "--maxmemory-policy", "noeviction",
                "--enable-debug-command", "local", "--daemonize", "no", .. settings,
            ],
            CancellationToken.None);
        return new OwnRedis(process, await ConnectAsync(process.ConnectionString, admin: true));
    }

    /// <summary>Connects as a host would that wants to notice soon.</summary>
    /// <param name="connectionString">Where to.</param>
    /// <param name="admin">Whether it may run administrative commands.</param>
    /// <param name="timeout">How long it waits for an answer, and for a connection to send a call through.</param>
    /// <param name="tunnel">The way that it takes.</param>
    public static async Task<ConnectionMultiplexer> ConnectAsync(
        string connectionString, bool admin = false, TimeSpan? timeout = null, Tunnel? tunnel = null)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        if (timeout is { TotalMilliseconds: var ms })
        {
            (options.AsyncTimeout, options.SyncTimeout) = ((int)ms, Math.Min((int)ms, options.SyncTimeout));
        }

        (options.AbortOnConnectFail, options.AllowAdmin, options.Tunnel) = (false, admin, tunnel);
        (options.HeartbeatInterval, options.ReconnectRetryPolicy) = (TimeSpan.FromMilliseconds(250), new LinearRetry(250));
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectAsync(ConnectionString);

    public async Task<string> RunAsync(params object[] command) =>
        (await Admin.GetServers()[0].ExecuteAsync((string)command[0], command[1..])).ToString() ?? string.Empty;

    public Task KillAsync() => _process.KillAsync();

    public Task RestartAsync() => _process.RestartAsync();

    public Task StopAsync() => Signals.SendAsync(_process.Id, "STOP");

    public Task ContinueAsync() => Signals.SendAsync(_process.Id, "CONT");

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        await _process.DisposeAsync();
    }
}
