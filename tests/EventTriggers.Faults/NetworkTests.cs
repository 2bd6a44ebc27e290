using System.Collections.Concurrent;
using System.Globalization;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>The way to the server is slow, breaks, or leads nowhere.</summary>
public sealed class NetworkTests(RedisFixture redis, ITestOutputHelper output)
{
    // A router that is gone. The client notices by its own timeouts, and connects again.
    [Fact]
    [Trait("Fault", "33")]
    public Task HalfOpenConnection() => RunAsync(async (proxy, _) =>
    {
        proxy.IsBlackhole = true;
        await Task.Delay(TimeSpan.FromSeconds(2));
        proxy.IsBlackhole = false;
    });

    [Fact]
    [Trait("Fault", "34")]
    public Task Latency() => RunAsync(async (proxy, traffic) =>
    {
        proxy.Latency = TimeSpan.FromMilliseconds(125);
        await traffic.FlowsAsync();
        await Task.Delay(TimeSpan.FromSeconds(3));
    });

    [Fact]
    [Trait("Fault", "35")]
    public Task Flapping() => RunAsync(async (proxy, _) =>
    {
        for (var i = 0; i < 5; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            await proxy.ResetAsync();
        }
    });

    // The name of the server leads somewhere else from now on.
    [Fact]
    [Trait("Fault", "38")]
    public async Task AnotherEndpoint()
    {
        await using var elsewhere = new FaultProxy(redis.Server.ConnectionString.Split(',')[0]);
        await RunAsync((proxy, _) => proxy.RetargetAsync(elsewhere.ConnectionString));
    }

    // One process is cut off for longer than its leases last. What it held goes to another; what it says afterwards is refused.
    [Fact]
    [Trait("Fault", "27")]
    public async Task AHostThatIsCutOffForLongerThanItsLease_IsReplacedAndRefused()
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await OwnRedis.ConnectAsync(redis.HostThrough(proxy.ConnectionString));
        var (handled, cancelled) = (new ConcurrentQueue<(string Who, string Id)>(), 0);
        Action<RedisTriggersOptions> configure = options =>
        {
            (options.LeaseDuration, options.RenewalInterval, options.Concurrency) = (
                TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(500), 8);
            options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(500);
            options.WhenLeaseIsInDoubt = LeaseDoubt.Cancel;
        };
        var release = new TaskCompletionSource();
        await using var cutOff = TestHost.Create(
            redis,
            build => build.AddHandler<Probe>(async (context, token) =>
            {
                handled.Enqueue(("cut off", context.Id));
                try
                {
                    await release.Task.WaitAsync(token);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                    throw;
                }
            }),
            configure,
            connection: connection).Start();
        await cutOff.Bus.PublishManyAsync([.. Enumerable.Range(0, 8).Select(n => new Probe($"{n}"))]);
        await Wait.UntilAsync(() => handled.Count == 8, "all are running");

        proxy.IsBlackhole = true;
        await using var other = TestHost.Create(
            redis,
            build => build.AddHandler<Probe>((context, _) =>
            {
                handled.Enqueue(("other", context.Id));
                return default;
            }),
            configure,
            prefix: cutOff.Prefix).Start();
        await Wait.UntilAsync(async () => (await other.Events.CountAsync()).Processed == 8, "the other has handled them");
        await Wait.UntilAsync(() => Volatile.Read(ref cancelled) == 8, "their tokens are cancelled by the local clock alone");
        proxy.IsBlackhole = false;
        release.SetResult();
        await other.Bus.PublishAsync(new Probe("last"));
        await Wait.UntilAsync(async () => await other.Events.CountAsync() is { Ready: 0, Leased: 0, Processed: 9 }, "it goes on");

        handled.Count(entry => entry.Who == "other" && entry.Id is not null).Should().BeGreaterThanOrEqualTo(8);
        handled.GroupBy(entry => entry.Id).Should().OnlyContain(runs => runs.Count() <= 2);
        output.WriteLine($"in flight 8, run twice {handled.GroupBy(entry => entry.Id).Count(runs => runs.Count() == 2)}, lost 0, stuck 0");
    }

    // What was claimed and comes too late is not begun.
    [Fact]
    [Trait("Fault", "37")]
    public async Task AClaimThatArrivesAfterItsLease_IsNotStarted()
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await OwnRedis.ConnectAsync(redis.HostThrough(proxy.ConnectionString));
        var handled = new ConcurrentQueue<string>();
        Action<RedisTriggersOptions> configure = options =>
        {
            (options.LeaseDuration, options.RenewalInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(250));
            options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(200);
        };
        await using var late = HostOf("late", connection);
        await late.AsleepAsync(new Probe("first"));
        proxy.Latency = TimeSpan.FromMilliseconds(700);
        await using var other = HostOf("other", redis.HostConnection, late.Prefix);
        var id = (await other.Bus.PublishAsync(new Probe("second"))).Id;
        await Wait.UntilAsync(
            async () => (await other.Events.FindAsync(id))!.Deliveries[0].Status == DeliveryStatus.Leased, "it is claimed from afar");
        other.Start();
        await Wait.UntilAsync(
            async () => (await other.Events.FindAsync(id))!.Deliveries[0].Status == DeliveryStatus.Processed, "the other handles it");
        await Wait.UntilAsync(
            () => late.Log.Texts.Any(
                text => text.StartsWith(
                    $"The outcome of event {id}", StringComparison.Ordinal)), "the claim arrives, and is given back too late");

        handled.Should().Equal("late first", "other second");

        TestHost HostOf(string who, IConnectionMultiplexer way, string? prefix = null)
        {
            var host = TestHost.Create(
                redis,
                build => build.AddHandler<Probe>((context, _) =>
                {
                    handled.Enqueue($"{who} {context.Event.Marker}");
                    return default;
                }),
                configure,
                prefix: prefix,
                connection: way);
            return who == "late" ? host.Start() : host;
        }
    }

    // Security 9: a proxy that knows no SUBSCRIBE.
    [Fact]
    [Trait("Fault", "67")]
    public async Task WithoutSubscribe_HostsPoll()
    {
        redis.SkipInACluster();
        var options = ConfigurationOptions.Parse(redis.HostConnectionString);
        options.CommandMap = CommandMap.Create(["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE"], available: false);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await PollsAsync(connection);
    }

    // The user may not subscribe.
    [Fact]
    [Trait("Fault", "60")]
    public async Task WithoutTheChannel_HostsPoll()
    {
        if (redis.IsGarnet)
        {
            Assert.Skip("Needs a server with ACL users.");
        }

        var commands = string.Join(' ', LeastPrivilege.Commands.Split(' ').Except(["+subscribe"]));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(redis.Server, redis.Connection, commands: commands, user: "deaf"));
        await PollsAsync(connection);
    }

    [Theory]
    [Trait("Fault", "59")]
    [InlineData(RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3)]
    public async Task EitherProtocol_Works(RedisProtocol protocol)
    {
        var options = ConfigurationOptions.Parse(redis.HostConnectionString);
        options.Protocol = protocol;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(1));
        await using var host = TestHost.Create(redis, traffic.Build, connection: connection).Start();

        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        await traffic.EndAsync(host.Events);

        traffic.Lost.Should().BeEmpty();
        traffic.Duplicates.Should().Be(0);
    }

    private async Task PollsAsync(IConnectionMultiplexer connection)
    {
        var latencies = new ConcurrentQueue<TimeSpan>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<Probe>((context, _) =>
            {
                latencies.Enqueue(TimeProvider.System.GetElapsedTime(long.Parse(context.Event.Marker, CultureInfo.InvariantCulture)));
                return default;
            }),
            options => (options.PollInterval, options.PollIntervalWhenDisconnected) = (TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1)),
            connection: connection).Start();
        var count = Rounds.Of(30);
        for (var i = 0; i < count; i++)
        {
            await host.Bus.PublishAsync(new Probe(TimeProvider.System.GetTimestamp().ToString(CultureInfo.InvariantCulture)));
            await Wait.UntilAsync(() => latencies.Count > i, "it is handled without a ring");
        }

        output.WriteLine(
            $"{count} events without rings: the latest was handled after {latencies.Max().TotalMilliseconds:0} ms (poll 1000 ms)");

        // It may take the client a while to say so.
        const string ChannelLost = "16";
        await Wait.UntilAsync(() => host.Log.TextsOf(ChannelLost).Length > 0, "it is logged");
        host.Log.TextsOf(ChannelLost).Should().ContainSingle();
    }

    private async Task RunAsync(Func<FaultProxy, Traffic, Task> disturb)
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await OwnRedis.ConnectAsync(
            redis.HostThrough(proxy.ConnectionString), timeout: TimeSpan.FromSeconds(1));
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(5));
        await using var host = TestHost.Create(
            redis,
            traffic.Build,
            options =>
            {
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
                (options.LeaseDuration, options.RenewalInterval) = (TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(1));
            },
            connection: connection).Start();
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();

        await disturb(proxy, traffic);
        var resumed = await traffic.FlowsAsync();
        await traffic.EndAsync(host.Events);

        output.WriteLine(traffic.Report(resumed));
        traffic.Lost.Should().BeEmpty();
        traffic.Duplicates.Should().Be(0, "a claim or an outcome whose reply is lost costs time, not a second run");
    }
}
