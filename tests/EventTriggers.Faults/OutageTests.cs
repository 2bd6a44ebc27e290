using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>The server answers with an error for a while, or not at all: hosts wait, say so once, and go on by themselves.</summary>
public sealed class OutageTests(RedisFixture redis, ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    // Faults 45 and 48: a primary that was cut off from its replicas.
    [Fact]
    public Task NoReplicas() => RunAsync(
        server => server.RunAsync("CONFIG", "SET", "min-replicas-to-write", "1"),
        server => server.RunAsync("CONFIG", "SET", "min-replicas-to-write", "0"));

    // Fault 49: the last save failed, because a folder is where the file should go.
    [Fact]
    public Task Misconfigured() => RunAsync(
        async server =>
        {
            Directory.CreateDirectory(Path.Combine(server.Folder, "taken", "x"));
            await server.RunAsync("CONFIG", "SET", "save", "3600 1");
            await server.RunAsync("BGSAVE");
            await Wait.UntilAsync(async () => (await server.RunAsync("INFO", "persistence")).Contains("rdb_last_bgsave_status:err", StringComparison.Ordinal), "the save fails");
        },
        server => server.RunAsync("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"),
        "--dbfilename", "taken");

    // Fault 50.
    [Fact]
    public Task OutOfMemory() => RunAsync(
        server => server.RunAsync("CONFIG", "SET", "maxmemory", "1"), server => server.RunAsync("CONFIG", "SET", "maxmemory", "0"));

    // Fault 53: somebody's script does not end; it is never killed from here.
    [Fact]
    public Task Busy() => RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "busy-reply-threshold", "50");
            var other = await server.ConnectAsync();
            _ = other.GetDatabase().ExecuteAsync("EVAL", "while true do end", "0").ContinueWith(_ => other.Dispose(), TaskScheduler.Default);
        },
        server => server.RunAsync("SCRIPT", "KILL"));

    // Fault 54.
    [Fact]
    public Task PasswordChanged() => RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "requirepass", "new");
            await server.RunAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        },
        server => server.RunAsync("CONFIG", "SET", "requirepass", string.Empty));

    // Fault 48.
    [Fact]
    public Task TooManyClients() => RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "maxclients", "2");
            await server.RunAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        },
        server => server.RunAsync("CONFIG", "SET", "maxclients", "1000"));

    // Fault 47: the server follows another one, which is not there.
    [Fact]
    public Task ReadOnly() => RunAsync(
        server => server.RunAsync("REPLICAOF", "127.0.0.1", "1"), server => server.RunAsync("REPLICAOF", "NO", "ONE"));

    // Fault 48.
    [Fact]
    public Task MasterDown() => RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "replica-serve-stale-data", "no");
            await server.RunAsync("REPLICAOF", "127.0.0.1", "1");
        },
        server => server.RunAsync("REPLICAOF", "NO", "ONE"));

    // Fault 57.
    [Fact]
    public Task Slow() => RunAsync(server => server.RunAsync("DEBUG", "SLEEP", "3"), _ => Task.CompletedTask);

    // Faults 36 and 37: calls that timed out run when the server goes on, seconds later.
    [Fact]
    public Task Stopped() => RunAsync(
        async server =>
        {
            await server.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(6));
        },
        server => server.ContinueAsync());

    // Faults 27 and 36: an outage that is longer than the lease. Consumers that live keep what they hold, and record its outcome late.
    [Fact]
    public Task StoppedForLongerThanTheLease() => RunAsync(
        async server =>
        {
            await server.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(4));
        },
        server => server.ContinueAsync(),
        lease: TimeSpan.FromSeconds(2));

    // Faults 27 and 40: who still runs what it holds gets a period to renew it before anybody takes it.
    [Fact]
    public async Task AfterAnOutageThatIsLongerThanTheLease_RunningHandlersKeepTheirDeliveries()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        var (started, finish) = (0, new TaskCompletionSource());
        var prefix = RedisFixture.NewPrefix();
        var hosts = new List<TestHost>();
        for (var i = 0; i < 3; i++)
        {
            hosts.Add(TestHost.Create(
                redis,
                build => build.AddHandler<Probe>(async (_, token) =>
                {
                    Interlocked.Increment(ref started);
                    await finish.Task.WaitAsync(token);
                }),
                options =>
                {
                    (options.LeaseDuration, options.RenewalInterval) = (TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(2));
                    options.FallbackPoll = options.FallbackPollWithoutChannel = TimeSpan.FromMilliseconds(200);
                },
                prefix: prefix,
                connection: await OwnRedis.ConnectAsync(server.ConnectionString, timeout: TimeSpan.FromMinutes(1))).Start());
        }

        await hosts[0].Bus.PublishManyAsync([.. Enumerable.Range(0, 60).Select(n => new Probe($"{n}"))]);
        await Wait.UntilAsync(() => Volatile.Read(ref started) == 60, "all are running");
        await server.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(8));
        await server.ContinueAsync();
        await Wait.UntilAsync(async () => await hosts[0].Events.CountAsync() is { Leased: 60 }, "it answers");
        await Task.Delay(TimeSpan.FromSeconds(7));
        finish.SetResult();
        await Wait.UntilAsync(async () => await hosts[0].Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Processed: 60 }, "all are processed");

        output.WriteLine($"60 handlers running over an outage of 8 s, lease 6 s: run {started} times");
        started.Should().Be(60);
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
    }

    // Faults 40 and 48: it loads for a while and says so.
    [Fact]
    public Task RestartedWithItsData() => RunAsync(
        async server =>
        {
            for (var n = 0; n < 1000; n++)
            {
                await server.Admin.GetDatabase().StringSetAsync($"other:{n}", n);
            }

            await server.KillAsync();
        },
        server => server.RestartAsync(),
        "--appendonly", "yes", "--appendfsync", "always", "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024");

    private Task RunAsync(Func<OwnRedis, Task> begin, Func<OwnRedis, Task> end, params string[] settings) =>
        RunAsync(begin, end, TimeSpan.FromSeconds(20), settings);

    private async Task RunAsync(Func<OwnRedis, Task> begin, Func<OwnRedis, Task> end, TimeSpan lease, params string[] settings)
    {
        await using var server = await OwnRedis.StartAsync(redis, settings);
        await using var connection = await server.ConnectAsync();
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(5));
        await using var host = TestHost.Create(
            redis,
            traffic.Build,
            options =>
            {
                options.FallbackPoll = options.FallbackPollWithoutChannel = TimeSpan.FromSeconds(1);
                (options.LeaseDuration, options.RenewalInterval, options.OperationTimeout) = (lease, lease / 4, TimeSpan.FromSeconds(2));
                options.ProcessedLimit = 1_000_000;
            },
            connection: connection).Start();
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();

        await begin(server);
        await Task.Delay(Length);
        await end(server);
        var resumed = await traffic.FlowsAsync();
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Leased: < 32 }, "it works off what waits");
        await traffic.EndAsync(host.Events);

        output.WriteLine(traffic.Report(resumed));
        foreach (var line in host.Log.Texts.Where(static text => !text.StartsWith("The outcome of event", StringComparison.Ordinal)).Select(text => text.Split('\n')[0]).GroupBy(text => text[..Math.Min(60, text.Length)]))
        {
            output.WriteLine($"  {line.Count()} x {line.Key}");
        }

        traffic.Lost.Should().BeEmpty();
        traffic.Duplicates.Should().Be(0);
        foreach (var state in (string[])["Redis cannot be used", "Redis refuses", "Leases could not be renewed", "The wake-up channel"])
        {
            host.Log.Texts.Count(text => text.StartsWith(state, StringComparison.Ordinal)).Should().BeLessThanOrEqualTo(2, $"'{state}' is said when it changes, not at each attempt");
        }

        host.Log.Texts.Count.Should().BeLessThan(traffic.Accepted.Count + 40, "and one line for each event at the most");
    }
}
