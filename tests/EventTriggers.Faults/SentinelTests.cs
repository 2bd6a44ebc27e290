using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>A primary, a replica, and three sentinels that replace the one by the other.</summary>
public sealed class SentinelTests(RedisFixture redis, ITestOutputHelper output)
{
    [Theory]
    [Trait("Fault", "44")]
    [Trait("Fault", "63")]
    [Trait("Fault", "128")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APrimaryThatDiesOrHangs_IsReplacedAndHostsGoOnByThemselves(bool hangs)
    {
        redis.SkipUnlessRedis();

        var servers = new List<ServerProcess>();
        try
        {
            servers.Add(await StartAsync());
            servers.Add(await StartAsync("--replicaof", "127.0.0.1", $"{servers[0].Port}", "--repl-diskless-sync-delay", "0"));
            for (var i = 0; i < 3; i++)
            {
                servers.Add(await StartSentinelAsync(servers[0].Port));
            }

            await SurviveAsync(servers, hangs);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private async Task SurviveAsync(List<ServerProcess> servers, bool hangs)
    {
        await using var direct = await OwnRedis.ConnectAsync(servers[0].ConnectionString, admin: true);
        await Wait.UntilAsync(
            async () => (await direct.GetServers()[0].ExecuteAsync("INFO", "replication"))
                .ToString()!.Contains("state=online", StringComparison.Ordinal), "the replica follows");
        var options = ConfigurationOptions.Parse(string.Join(',', servers.Skip(2).Select(static server => server.ConnectionString)));
        (options.ServiceName, options.AbortOnConnectFail) = ("mymaster", false);
        if (hangs)
        {
            // The client gives a connection up that was silent for four times as long.
            (options.AsyncTimeout, options.HeartbeatInterval) = (1500, TimeSpan.FromMilliseconds(500));
        }

        await Task.Delay(TimeSpan.FromSeconds(3));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(5));
        await using var host = TestHost.Create(
            redis,
            traffic.Build,
            settings =>
            {
                settings.PollInterval = settings.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
                (settings.LeaseDuration, settings.RenewalInterval) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
            },
            connection: connection).Start();
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        await Task.Delay(500);

        await (hangs ? Signals.SendAsync(servers[0].Id, "STOP") : servers[0].KillAsync());
        var resumed = await traffic.FlowsAsync();
        if (hangs)
        {
            await Signals.SendAsync(servers[0].Id, "CONT");
            await Task.Delay(TimeSpan.FromSeconds(5));
            await traffic.FlowsAsync();
        }

        await traffic.EndAsync(host.Events);

        output.WriteLine($"{(hangs ? "hangs" : "dies")}: {traffic.Report(resumed)} (down-after 1 s)");
        if (!hangs)
        {
            // One that comes back accepts events until a sentinel has told it that it was replaced: what it never sent to its replica is
            // gone.
            traffic.Lost.Count().Should().BeLessThanOrEqualTo(1, "one publish at a time was under way");
        }
    }

    private static Task<ServerProcess> StartAsync(params string[] settings) => ServerProcess.StartAsync(
        ServerSource.Installed,
        (port, folder) => ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", string.Empty, .. settings],
        CancellationToken.None);

    private static Task<ServerProcess> StartSentinelAsync(int primary) => ServerProcess.StartAsync(
        ServerSource.Installed,
        (port, folder) =>
        {
            var file = Path.Combine(folder, "sentinel.conf");
            File.WriteAllLines(
                file,
                [
                    $"port {port}", "bind 127.0.0.1", $"dir {folder}", $"sentinel monitor mymaster 127.0.0.1 {primary} 2",
                    "sentinel down-after-milliseconds mymaster 1000", "sentinel failover-timeout mymaster 5000",
                ]);
            return [file, "--sentinel"];
        },
        CancellationToken.None);
}
