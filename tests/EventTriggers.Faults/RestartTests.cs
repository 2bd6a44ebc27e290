using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>A server that comes back with less than it had.</summary>
public sealed class RestartTests(RedisFixture redis, ITestOutputHelper output)
{
    [Fact]
    [Trait("Fault", "41")]
    [Trait("Fault", "58")]
    public async Task AnEmptyServer_IsReportedAndUsedAsIfItWereNew()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var connection = await server.ConnectAsync();
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(1));
        await using var host = CreateHost(traffic, connection);
        await host.Bus.PublishAsync(new Probe("x"));
        await Wait.UntilAsync(() => traffic.Handled.Count == 1, "the first is handled");

        await server.RestartAsync();
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(50)).Publish(new Probe("trigger")));
        await Wait.UntilAsync(() => traffic.Handled.Any(id => id.Contains('/', StringComparison.Ordinal)), "a new trigger fires");
        await traffic.EndAsync(host.Events);

        traffic.Lost.Should().BeEmpty("what was accepted by the new server is handled");
        host.Log.TextsOf("24").Should().ContainSingle();
        host.Log.TextsOf("25").Should().ContainSingle();
        (await server.Admin.GetDatabase().HashGetAsync($"{{{host.Prefix}:0}}:meta", "partitions")).Should().Be(1);
    }

    // An outcome of a delivery that the server has forgotten is no error of the host.
    [Fact]
    [Trait("Fault", "41")]
    public async Task AnOutcomeThatAnEmptyServerDoesNotKnow_IsRefusedQuietly()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var connection = await server.ConnectAsync();
        var (started, finish, handled) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<Probe>(async (_, _) =>
            {
                started.TrySetResult();
                await finish.Task;
                Interlocked.Increment(ref handled);
            }),
            options => options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1),
            connection: connection).Start();
        await host.Bus.PublishAsync(new Probe("x"));
        await Wait.ForAsync(started.Task);

        await server.RestartAsync();
        finish.SetResult();
        await Wait.UntilAsync(() => host.Log.TextsOf("23").Length > 0, "its outcome is rejected");
        await host.Bus.PublishAsync(new Probe("y"));

        await Wait.UntilAsync(() => Volatile.Read(ref handled) == 2, "it goes on");
    }

    // Completed work may run again, and nothing is stuck.
    [Fact]
    [Trait("Fault", "42")]
    public async Task AnOlderSnapshot_IsReportedAndNothingIsStuck()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var connection = await server.ConnectAsync();
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(1));
        await using var host = CreateHost(traffic, connection);
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        await server.RunAsync("SAVE");
        var kept = Path.Combine(server.Folder, "dump.rdb");
        await traffic.FlowsAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(500));

        await server.KillAsync();
        File.Exists(kept).Should().BeTrue();
        await server.RestartAsync();
        await traffic.FlowsAsync();
        await traffic.EndAsync(host.Events);

        output.WriteLine($"{traffic.Accepted.Count} accepted: run again after the older snapshot {traffic.Duplicates}, stuck 0");
        host.Log.TextsOf("25").Should().ContainSingle();
        (await new ManualConsumer(host).RepairAsync()).Should().Be(0, "every hash is in its index");
    }

    // A script's writes are one transaction in the file, so a torn tail loses whole steps and no half ones.
    [Theory]
    [Trait("Fault", "43")]
    [InlineData(5)]
    [InlineData(23)]
    [InlineData(60)]
    [InlineData(90)]
    public async Task ATornAppendOnlyFile_HoldsNoHalfStep(int bytes)
    {
        await using var server = await OwnRedis.StartAsync(
            redis, "--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no");
        await using var connection = await server.ConnectAsync();
        await using var traffic = new Traffic(TimeSpan.Zero);
        await using var host = CreateHost(traffic, connection);
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(200));

        await server.KillAsync();
        var file = Directory.GetFiles(Path.Combine(server.Folder, "appendonlydir"), "*.incr.aof").Single();
        await using (var stream = File.OpenWrite(file))
        {
            stream.SetLength(stream.Length - bytes);
        }

        await server.RestartAsync();
        await traffic.FlowsAsync();
        await traffic.EndAsync(host.Events);

        (await new ManualConsumer(host).RepairAsync()).Should().Be(0, "every hash is in its index");
        traffic.Duplicates.Should().BeLessThanOrEqualTo(32, "what the tail recorded is done again");
    }

    private TestHost CreateHost(Traffic traffic, StackExchange.Redis.IConnectionMultiplexer connection) => TestHost.Create(
        redis,
        traffic.Build,
        options =>
        {
            options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
            (options.LeaseDuration, options.RenewalInterval, options.ProcessedLimit) = (
                TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(500), 1_000_000);
        },
        connection: connection).Start();
}
