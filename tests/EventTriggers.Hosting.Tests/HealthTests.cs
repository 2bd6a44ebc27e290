using EventTriggers.Faults;
using EventTriggers.Testing;
using EventTriggers.Tests;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace EventTriggers.Hosting.Tests;

/// <summary>The health checks of a host, each state after its real cause.</summary>
public sealed class HealthTests(RedisFixture redis)
{
    [Fact]
    public async Task ALoopThatWorks_IsHealthy()
    {
        await using var host = await Create(redis.HostConnection).StartAsync();

        var report = await UntilAsync(host, HealthStatus.Healthy);

        report.Entries.Keys.Should().BeEquivalentTo("eventtriggers", "eventtriggers-live");
        report.Entries["eventtriggers"].Tags.Should().Equal("ready");
        report.Entries["eventtriggers-live"].Tags.Should().Equal("live");
        report.Entries["eventtriggers"].Data.Should().Contain("state", "Running").And.Contain("partitions", 1)
            .And.Contain("stuckHandlers", 0).And.ContainKeys("secondsSinceClaim", "secondsSinceRound");
    }

    [Fact]
    public async Task AnOutage_IsNotReady_AndAlive_AndEnds()
    {
        redis.SkipInACluster();
        var clock = Clock.At2030();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            $"{redis.HostThrough(proxy.ConnectionString)},abortConnect=false,asyncTimeout=1000,connectTimeout=1000");
        await using var host = await Create(connection, clock: clock).StartAsync();
        await UntilAsync(host, HealthStatus.Healthy);

        await proxy.RetargetAsync("127.0.0.1:1");
        await Wait.UntilAsync(
            () =>
            {
                // A call fails after a second of the real clock, which must not look like a loop that hangs.
                var partition = host.Services.GetRequiredService<IConsumerLoop>().Status.Partitions[0];
                clock.Advance(partition.SinceLastRound < TimeSpan.FromSeconds(20) ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
                return partition.Failure is not null;
            },
            "claims fail");
        clock.Advance(TimeSpan.FromSeconds(21));
        var during = await UntilAsync(host, HealthStatus.Unhealthy);
        await proxy.RetargetAsync(redis.Server.ConnectionString);
        await UntilAsync(host, HealthStatus.Healthy, clock);

        during.Entries["eventtriggers"].Description.Should().StartWith("No claim of partition 0 succeeded for 00:");
        during.Entries["eventtriggers"].Exception.Should().NotBeNull();
        during.Entries["eventtriggers-live"].Status.Should().Be(HealthStatus.Healthy);
    }

    // A probe must not wait for a connection that the hosted service is making.
    [Fact]
    public async Task AConnectionThatIsNotThere_IsNotReady_AndAlive_AndHoldsUpNoCheck()
    {
        var connecting = new TaskCompletionSource();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var host = await GenericHost.Create((services, prefix) =>
        {
            services.AddSingleton<IConnectionMultiplexer>(_ =>
            {
                connecting.Task.Wait();
                return connection;
            });
            AddChecks(services).AddRedisTriggers(options => options.KeyPrefix = prefix).AddHandler<OrderPlaced>((_, _) => default)
                .RunAsHostedService();
        }).StartAsync();

        var report = await Wait.ForAsync(CheckAsync(host));
        connecting.SetResult();

        report.Entries["eventtriggers"].Status.Should().Be(HealthStatus.Unhealthy);
        report.Entries["eventtriggers"].Description.Should().Be("The consumer loop of the default bus has not started.");
        report.Entries["eventtriggers-live"].Status.Should().Be(HealthStatus.Healthy);
        await UntilAsync(host, HealthStatus.Healthy);
    }

    [Fact]
    public async Task ARefusedSchema_IsNeitherReadyNorAlive()
    {
        await using var host = Create(redis.HostConnection, services => services.Configure<HostOptions>(
            static options => options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore));
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:meta", [new("schema", "99"), new("partitions", 1)]);
        await host.StartAsync();

        await Wait.UntilAsync(async () => (await CheckAsync(host)).Entries["eventtriggers-live"].Status == HealthStatus.Unhealthy, "ended");

        var report = await CheckAsync(host);
        report.Entries.Values.Should().OnlyContain(
            static entry => entry.Status == HealthStatus.Unhealthy && entry.Description!.Contains("schema version 99")
                && entry.Exception is IncompatibleStoreException);
    }

    [Fact]
    public async Task AHostThatDrains_IsNotReady_AndAlive()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await Create(redis.HostConnection, build: builder => builder.AddHandler<Reminder>(async (_, _) =>
        {
            started.TrySetResult();
            await finish.Task;
        })).StartAsync();
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.ForAsync(started.Task);

        var stopping = host.StopAsync();
        var report = await UntilAsync(host, HealthStatus.Unhealthy);
        finish.SetResult();
        await stopping;

        report.Entries["eventtriggers"].Description.Should().Be("The consumer loop of the default bus is draining.");
        report.Entries["eventtriggers-live"].Status.Should().Be(HealthStatus.Healthy);
    }

    [Fact]
    public async Task WithoutTheWakeUpChannel_IsDegraded()
    {
        redis.SkipUnlessRedis(orCluster: true);
        var commands = string.Join(' ', LeastPrivilege.Commands.Split(' ').Except(["+subscribe"]));
        await using var deaf = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(redis.Server, redis.Connection, commands: commands, user: "silent"));
        await using var host = await Create(deaf).StartAsync();

        (await UntilAsync(host, HealthStatus.Degraded)).Entries["eventtriggers"].Description.Should()
            .Be("Partition 0: the wake-up channel is disconnected, so the loop polls.");
    }

    [Fact]
    public async Task AStuckHandler_IsDegraded_UntilItReturns()
    {
        var (clock, started, finish) = (Clock.At2030(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await Create(
            redis.HostConnection,
            build: builder => builder.AddHandler<Reminder>(async (_, _) =>
            {
                started.TrySetResult();
                await finish.Task;
            }),
            configure: static options => options.HandlerTimeout = TimeSpan.FromSeconds(2), clock: clock).StartAsync();
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.ForAsync(started.Task);

        var report = await UntilAsync(host, HealthStatus.Degraded, clock);
        finish.SetResult();

        report.Entries["eventtriggers"].Description.Should().StartWith("1 handler(s) are stuck");
        report.Entries["eventtriggers"].Data["stuckHandlers"].Should().Be(1);
        await UntilAsync(host, HealthStatus.Healthy, clock);
    }

    [Fact]
    public async Task AServerThatEvicts_IsDegraded()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory-policy", "allkeys-lru");
        await using var host = await Create(connection).StartAsync();

        (await UntilAsync(host, HealthStatus.Degraded)).Entries["eventtriggers"].Description.Should()
            .Be("Partition 0: the server may evict keys (maxmemory-policy allkeys-lru); set it to noeviction.");
    }

    [Fact]
    public async Task AClockThatJumps_IsDegraded()
    {
        var clock = new JumpingClock();
        await using var host = await Create(redis.HostConnection, clock: clock).StartAsync();
        await UntilAsync(host, HealthStatus.Healthy);

        clock.Offset = TimeSpan.FromHours(1);
        await host.Bus.PublishAsync(new OrderPlaced(1));

        (await UntilAsync(host, HealthStatus.Degraded)).Entries["eventtriggers"].Description.Should()
            .Match("Partition 0: the server's clock jumped by * ago.");
    }

    [Fact]
    public async Task AServerThatLostItsData_IsDegraded()
    {
        var clock = Clock.At2030();
        await using var host = await Create(redis.HostConnection, clock: clock).StartAsync();
        await UntilAsync(host, HealthStatus.Healthy);

        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:routes:order.placed");

        (await UntilAsync(host, HealthStatus.Degraded, clock)).Entries["eventtriggers"].Description.Should()
            .Match("*Partition 0: the server had lost its data * ago.*");
    }

    [Fact]
    public async Task ADeclaredTriggerThatCannotBeStored_IsDegraded()
    {
        await using var host = Create(
            redis.HostConnection,
            build: static builder => builder.AddTrigger("nightly", Trigger.Cron("0 3 * * *").Publish(new Reminder(1))));
        await redis.Database.StringSetAsync($"{{{host.Prefix}:0}}:trigger:nightly", "not a hash");
        await host.StartAsync();

        (await UntilAsync(host, HealthStatus.Degraded)).Entries["eventtriggers"].Description.Should()
            .Be("Declared trigger(s) could not be stored: nightly.");
    }

    [Fact]
    public async Task Limits_AreAskedOfRedis()
    {
        await using var host = await Create(
            redis.HostConnection,
            build: static builder => builder.AddHandler<Reminder>(
                static (_, _) => throw new InvalidOperationException("no"), static options => { }),
            configure: static options => options.MaxAttempts = 1,
            limits: static limits => (limits.MaxReady, limits.MaxDeadLetters, limits.MaxUnrouted) = (0, 1, 0)).StartAsync();
        await UntilAsync(host, HealthStatus.Healthy);

        await host.Bus.PublishManyAsync([new Reminder(1), new Reminder(2)]);
        await host.Bus.PublishRawAsync("no.one", "1"u8.ToArray());
        var report = await UntilAsync(
            host, HealthStatus.Degraded,
            until: static entry => entry.Description!.Contains("2 deliveries of group default are dead letters"));

        report.Entries["eventtriggers"].Description.Should()
            .Be("2 deliveries of group default are dead letters; the limit is 1. 1 events have no subscriber; the limit is 0.");
        report.Entries["eventtriggers"].Data.Should()
            .Contain("dead:default", 2L).And.Contain("ready:default", 0L).And.Contain("unrouted", 1L);
    }

    // Without a limit that is set: what waits behind a dead letter waits for somebody.
    [Fact]
    public async Task AKeyThatIsHeld_DegradesReadiness_InAGroupThatHoldsKeys()
    {
        await using var host = await Create(
            redis.HostConnection,
            build: static builder => builder.AddHandler<Reminder>(
                static (_, _) => throw new InvalidOperationException("no"), static options => { }),
            configure: static options =>
            {
                options.MaxAttempts = 1;
                options.Groups["default"] = new GroupOptions { ConcurrencyPerKey = 1, OnDead = DeadLetters.Hold };
            }).StartAsync();
        (await UntilAsync(host, HealthStatus.Healthy)).Entries["eventtriggers"].Data.Should().Contain("held:default", 0L);

        await host.Bus.PublishAsync(new Reminder(1), new PublishOptions { Key = "a" });

        (await UntilAsync(host, HealthStatus.Degraded)).Entries["eventtriggers"].Description.Should()
            .Be("1 keys of group default wait behind a dead letter; the limit is 0.");
    }

    // The one worker is busy, so the rest waits.
    [Fact]
    public async Task MaxLag_IsComparedWithTheAgeOfTheOldestReadyDelivery()
    {
        var (clock, started, finish) = (Clock.At2030(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await Create(
            redis.HostConnection,
            build: builder => builder.AddHandler<Reminder>(async (_, _) =>
            {
                started.TrySetResult();
                await finish.Task;
            }),
            configure: static options => options.Concurrency = 1,
            limits: static limits => limits.MaxLag = TimeSpan.FromSeconds(10), clock: clock).StartAsync();
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.ForAsync(started.Task);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(2, 5).Select(static number => new Reminder(number))]);

        clock.Advance(TimeSpan.FromSeconds(10));
        var within = await UntilAsync(host, HealthStatus.Healthy);
        clock.Advance(TimeSpan.FromSeconds(1));
        var beyond = await UntilAsync(host, HealthStatus.Degraded);
        finish.SetResult();
        await UntilAsync(host, HealthStatus.Healthy);

        within.Entries["eventtriggers"].Data["lag:default"].Should().Be(10.0);
        beyond.Entries["eventtriggers"].Data["lag:default"].Should().Be(11.0);
        beyond.Entries["eventtriggers"].Description.Should()
            .Be("The oldest ready delivery of group default has waited for 00:00:11; the limit is 00:00:10.");
    }

    private static IServiceCollection AddChecks(IServiceCollection services, Action<EventTriggersHealthOptions>? limits = null)
    {
        services.AddHealthChecks().AddEventTriggers(configure: limits, tags: ["ready"]).AddEventTriggersLiveness(tags: ["live"]);
        return services;
    }

    private static GenericHost Create(
        IConnectionMultiplexer connection, Action<IServiceCollection>? add = null, Action<IRedisTriggersBuilder>? build = null,
        Action<RedisTriggersOptions>? configure = null, Action<EventTriggersHealthOptions>? limits = null, TimeProvider? clock = null) =>
        GenericHost.Create((services, prefix) =>
        {
            services.AddSingleton(connection);
            if (clock is not null)
            {
                services.AddSingleton(clock);
            }

            AddChecks(services, limits);
            add?.Invoke(services);
            var builder = services.AddRedisTriggers(options =>
            {
                (options.KeyPrefix, options.OperationTimeout) = (prefix, TimeSpan.FromSeconds(5));
                configure?.Invoke(options);
            });
            if (clock is not null)
            {
                builder.UseTimeProviderAsRedisClock();
            }

            builder.AddHandler<OrderPlaced>((_, _) => default).RunAsHostedService();
            build?.Invoke(builder);
        });

    private static Task<HealthReport> CheckAsync(GenericHost host) =>
        host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private static async Task<HealthReport> UntilAsync(
        GenericHost host, HealthStatus status, Microsoft.Extensions.Time.Testing.FakeTimeProvider? clock = null,
        Func<HealthReportEntry, bool>? until = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            clock?.Advance(TimeSpan.FromSeconds(2));
            var report = await CheckAsync(host);
            var entry = report.Entries["eventtriggers"];
            if (entry.Status == status && until?.Invoke(entry) != false)
            {
                return report;
            }

            limit.IsCancellationRequested.Should().BeFalse($"it is {entry.Status}, not {status}: {entry.Description}");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
