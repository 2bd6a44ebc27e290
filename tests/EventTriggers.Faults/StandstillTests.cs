using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>The server does not answer for a while: hosts wait, say so once, and go on by themselves.</summary>
public sealed class StandstillTests(RedisFixture redis, ITestOutputHelper output)
{
    private readonly Outage _outage = new(redis, output);

    [Fact]
    [Trait("Fault", "57")]
    public Task Slow() => _outage.RunAsync(server => server.RunAsync("DEBUG", "SLEEP", "3"), _ => Task.CompletedTask);

    // Calls that timed out run when the server goes on, seconds later.
    [Fact]
    [Trait("Fault", "36")]
    [Trait("Fault", "37")]
    public Task Stopped() => _outage.RunAsync(
        async server =>
        {
            await server.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(6));
        },
        server => server.ContinueAsync());

    // An outage that is longer than the lease. Consumers that live keep what they hold, and record its outcome late.
    [Fact]
    [Trait("Fault", "27")]
    [Trait("Fault", "36")]
    public Task StoppedForLongerThanTheLease() => _outage.RunAsync(
        async server =>
        {
            await server.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(4));
        },
        server => server.ContinueAsync(),
        lease: TimeSpan.FromSeconds(2));

    // Who still runs what it holds gets a period to renew it before anybody takes it.
    [Fact]
    [Trait("Fault", "27")]
    [Trait("Fault", "40")]
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
                    options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(200);
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
        await Wait.UntilAsync(
            async () => await hosts[0].Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Processed: 60 }, "all are processed");

        output.WriteLine($"60 handlers running over an outage of 8 s, lease 6 s: run {started} times");
        started.Should().Be(60);
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
    }

    // It loads for a while and says so.
    [Fact]
    [Trait("Fault", "40")]
    [Trait("Fault", "48")]
    public Task RestartedWithItsData() => _outage.RunAsync(
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
}
