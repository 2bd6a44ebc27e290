using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>What a consumer loop says about itself, each time after the real cause.</summary>
public sealed class LoopStatusTests(RedisFixture redis)
{
    [Fact]
    public async Task State_FollowsTheLoopFromItsStartToItsEnd()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>(async (_, _) =>
        {
            started.TrySetResult();
            await finish.Task;
        }));
        host.Loop.Status.State.Should().Be(ConsumerLoopState.NotStarted);

        host.Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(started.Task);
        host.Loop.Status.State.Should().Be(ConsumerLoopState.Running);

        var stopping = host.StopAsync();
        await Wait.UntilAsync(() => host.Loop.Status.State == ConsumerLoopState.Draining, "it drains");
        finish.SetResult();
        await stopping;

        host.Loop.Status.Should().Match<ConsumerLoopStatus>(status => status.State == ConsumerLoopState.Ended && status.Failure == null);
    }

    [Fact]
    public async Task SinceLastClaim_IsTheTimeSinceRedisAnswered()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default), options => options.LeaseDuration = TimeSpan.FromDays(1),
            time: clock);
        host.Loop.Status.Partitions.Single().SinceLastClaim.Should().BeNull();

        host.Start();
        await host.AsleepAsync(new OrderPlaced(1));
        clock.Advance(TimeSpan.FromSeconds(7));

        var partition = host.Loop.Status.Partitions.Single();
        partition.SinceLastClaim.Should().Be(TimeSpan.FromSeconds(7));
        partition.SinceLastRound.Should().Be(TimeSpan.FromSeconds(7));
        (partition.Failure, partition.IsPolling, partition.EvictionPolicy, partition.ClockJump, partition.SinceClockJump,
            partition.SinceDataLoss).Should().Be((null, false, null, null, null, null));
    }

    [Fact]
    public async Task AServerThatIsAway_IsTheFailureOfItsPartition()
    {
        await using var nowhere = await ConnectionMultiplexer.ConnectAsync(
            "127.0.0.1:1,abortConnect=false,connectTimeout=500,connectRetry=1");
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default), options => options.OperationTimeout = TimeSpan.FromSeconds(1),
            connection: nowhere).Start();

        await Wait.UntilAsync(() => host.Loop.Status.Partitions[0].Failure is StoreUnavailableException, "the first try fails");

        host.Loop.Status.State.Should().Be(ConsumerLoopState.Running);
        host.Loop.Status.Partitions[0].SinceLastClaim.Should().BeNull();
        host.Loop.Status.Partitions[0].SinceLastRound.Should().NotBeNull();
    }

    [Fact]
    public async Task ARefusedSchema_IsWhyTheLoopEnded()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default));
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:meta", [new("schema", "99"), new("partitions", 1)]);

        var run = () => host.Loop.RunAsync(CancellationToken.None);

        var thrown = (await run.Should().ThrowAsync<IncompatibleStoreException>()).Which;
        host.Loop.Status.Failure.Should().BeSameAs(thrown);
        host.Loop.Status.State.Should().Be(ConsumerLoopState.Ended);
    }

    [Fact]
    public async Task AStuckHandler_CountsUntilItReturns()
    {
        var clock = Clock.At2030();
        var (running, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, _) =>
            {
                running.TrySetResult();
                await finish.Task;
            }),
            options => (options.HandlerTimeout, options.Concurrency) = (TimeSpan.FromMinutes(1), 1),
            time: clock).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(running.Task);
        host.Loop.Status.StuckHandlers.Should().Be(0);

        await Wait.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                return host.Loop.Status.StuckHandlers == 1;
            },
            "it is counted");
        finish.SetResult();

        await Wait.UntilAsync(() => host.Loop.Status.StuckHandlers == 0, "it has returned");
    }

    [Fact]
    public async Task AJumpOfTheServersClock_IsNotedWithItsTime()
    {
        var clock = new JumpingClock();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default), time: clock).Start();
        await host.AsleepAsync(new OrderPlaced(1));

        clock.Offset = TimeSpan.FromHours(1);
        await host.AsleepAsync(new OrderPlaced(2));

        await Wait.UntilAsync(() => host.Loop.Status.Partitions[0].SinceClockJump is not null, "the jump is noted");
        host.Loop.Status.Partitions[0].ClockJump!.Value.TotalMinutes.Should().BeApproximately(60, 1);
    }

    [Fact]
    public async Task LostSubscriptions_AreNotedAsLostData()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default), time: clock).Start();
        await host.AsleepAsync(new OrderPlaced(1));
        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:routes:order.placed");
        host.Loop.Status.Partitions[0].SinceDataLoss.Should().BeNull();

        await Wait.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMinutes(10));
                return host.Loop.Status.Partitions[0].SinceDataLoss is not null;
            },
            "the loss is found");
    }

    [Fact]
    public async Task ADeclaredTriggerThatCannotBeStored_IsNamedUntilItCan()
    {
        await using var host = TestHost.Create(redis, build => build
            .AddTrigger("first", Trigger.Cron("0 3 * * *").Publish(new Reminder(1)))
            .AddTrigger("second", Trigger.Cron("0 3 * * *").Publish(new Reminder(1)))
            .AddHandler<OrderPlaced>((_, _) => default));
        await redis.Database.StringSetAsync(host.Keyspace.Partitions[0].Keys.Trigger("first"), "not a hash");

        host.Start();
        await Wait.UntilAsync(() => host.Loop.Status.UndeclaredTriggers.SequenceEqual(["first"]), "it is named");

        await redis.Database.KeyDeleteAsync(host.Keyspace.Partitions[0].Keys.Trigger("first"));
        await Wait.UntilAsync(() => host.Loop.Status.UndeclaredTriggers.Count == 0, "it is stored");
    }

    [Fact]
    public async Task WithoutItsChannel_TheLoopIsPolling()
    {
        redis.SkipUnlessRedis(orCluster: true);
        var commands = string.Join(' ', LeastPrivilege.Commands.Split(' ').Except(["+subscribe"]));
        await using var deaf = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(redis.Server, redis.Connection, commands: commands, user: "deaf"));
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default),
            options => options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(50), connection: deaf).Start();

        await host.AsleepAsync(new OrderPlaced(1));

        host.Loop.Status.Partitions[0].IsPolling.Should().BeTrue();
    }

    [Fact]
    public async Task AServerThatEvicts_IsNamedByItsPolicy_UntilItIsSetRight()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory-policy", "allkeys-lru");
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default), time: clock, connection: connection).Start();
        await host.AsleepAsync(new OrderPlaced(1));

        host.Loop.Status.Partitions[0].EvictionPolicy.Should().Be("allkeys-lru");
        await connection.GetServers()[0].ConfigSetAsync("maxmemory-policy", "noeviction");
        await Wait.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMinutes(10));
                return host.Loop.Status.Partitions[0].EvictionPolicy is null;
            },
            "it looks again");
    }

    [Fact]
    public void ALoopOfYourOwn_ReportsNothing()
    {
        IConsumerLoop loop = new OwnLoop();

        loop.Status.State.Should().Be(ConsumerLoopState.Unknown);
    }

    private sealed class OwnLoop : IConsumerLoop
    {
        public Task RunAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
