using System.Collections.Concurrent;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Duties;
using EventTriggers.Redis;
using EventTriggers.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Hosting.Tests;

/// <summary>What a running host does after its configuration has changed.</summary>
public sealed class ReloadedHostTests(RedisFixture redis)
{
    [Theory]
    [InlineData("MaxAttempts", null)]
    [InlineData("Groups:billing:MaxAttempts", null)]
    [InlineData("MaxAttempts", "audit")]
    public async Task ADeliveryThatWaitsForItsRetry_IsJudgedByTheNewMaxAttempts(string setting, string? bus)
    {
        var (clock, configuration) = (Clock.At2030(), new ChangingConfiguration());
        await using var host = await StartAsync(configuration, clock, static builder => builder.AddGroup(
            "billing",
            static group => group.AddHandler<Reminder>(static (_, _) => throw new InvalidOperationException("on purpose"))), bus);
        var events = host.Services.GetRequiredKeyedService<IEventStore>(bus);
        await host.Services.GetRequiredKeyedService<IEventBus>(bus).PublishAsync(new Reminder(1), new() { Id = "e" });
        await Wait.UntilAsync(async () => (await events.CountAsync("billing")).Delayed == 1, "the first attempt fails");

        configuration.Change(setting, "2");
        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await events.CountAsync("billing")).Dead == 1;
            },
            "it is a dead letter");

        (await events.FindAsync("e"))!.Deliveries.Single().Attempt.Should().Be(2);
    }

    // Ten attempts are allowed where it begins, and one where it ends.
    [Fact]
    public async Task ADeliveryThatRuns_IsJudgedByTheSettingsThatItBeganWith()
    {
        var (clock, configuration) = (Clock.At2030(), new ChangingConfiguration());
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await StartAsync(configuration, clock, builder => builder.AddHandler<Reminder>(async (_, _) =>
        {
            started.TrySetResult();
            await finish.Task;
            throw new InvalidOperationException("on purpose");
        }));
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.ForAsync(started.Task);

        configuration.Change("MaxAttempts", "1");
        finish.SetResult();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()) is { Delayed: 1 } or { Dead: 1 }, "it has failed");

        (await host.Events.CountAsync()).Delayed.Should().Be(1);
    }

    [Theory]
    [InlineData(null, "00:00:03")]
    [InlineData(9, "00:00:09")]
    public async Task HandlerTimeout_AppliesToTheNextDelivery_UnlessTheHandlerHasItsOwn(int? own, string limit)
    {
        var (clock, configuration) = (Clock.At2030(), new ChangingConfiguration(("MaxAttempts", "1")));
        var started = new TaskCompletionSource();
        await using var host = await StartAsync(configuration, clock, builder => builder.AddHandler<Reminder>(
            async (_, token) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            },
            handler => handler.Timeout = own is { } seconds ? TimeSpan.FromSeconds(seconds) : null));

        configuration.Change("HandlerTimeout", "00:00:03");
        await host.Bus.PublishAsync(new Reminder(1), new() { Id = "e" });
        await Wait.ForAsync(started.Task);
        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await host.Events.CountAsync()).Dead == 1;
            },
            "its time is over");

        (await host.Events.FindAsync("e"))!.Deliveries.Single().Error.Should().Contain($"ran longer than HandlerTimeout, {limit}");
    }

    [Fact]
    public async Task DrainTimeout_AppliesToTheNextStop()
    {
        var (configuration, started) = (new ChangingConfiguration(("DrainTimeout", "00:00:15")), new TaskCompletionSource());
        await using var host = await StartAsync(configuration, clock: null, builder => builder.AddHandler<Reminder>(async (_, token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        }));
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.ForAsync(started.Task);

        configuration.Change("DrainTimeout", "00:00:00");
        await host.StopAsync();

        host.Log.TextsOf("2").Should().ContainSingle(
            static text => text.Contains("1 deliveries may finish within 00:00:00.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ADrainThatGrewTooLong_IsShortened_AndWarnedOf()
    {
        var configuration = new ChangingConfiguration(("DrainTimeout", "00:00:15"));
        await using var host = await StartAsync(configuration, clock: null, static _ => { });
        await Wait.UntilAsync(
            () => host.Services.GetRequiredService<IConsumerLoop>().Status.State == ConsumerLoopState.Running, "the loop starts");
        host.Log.TextsOf("203").Should().BeEmpty();

        configuration.Change("DrainTimeout", "00:10:00");
        configuration.Change("MaxAttempts", "7");

        host.Log.TextsOf("203").Should().ContainSingle().Which.Should().StartWith("DrainTimeout of the default bus is 00:10:00");
        Group(host).Settings.DrainTimeout.Should().Be(TimeSpan.FromSeconds(28), "the host stops within 30 seconds");
    }

    // Reaping asks for the limit each time.
    [Fact]
    public async Task MaxCrashes_AppliesToTheNextLeaseThatExpires()
    {
        var (clock, configuration) = (Clock.At2030(), new ChangingConfiguration());
        await using var host = Create(configuration, clock, static _ => { });
        await using var other = TestHost.Create(redis, prefix: host.Prefix, time: clock);
        var consumer = new ManualConsumer(other, time: clock);
        await consumer.SubscribeAsync("order.placed");
        var (keyspace, group) = (host.Services.GetRequiredService<Keyspace>(), Group(host));
        var reap = new ReapDuty(keyspace, keyspace.Partitions[0], group, NullLogger.Instance);
        await other.Bus.PublishAsync(new OrderPlaced(1));
        await consumer.ClaimOneAsync();
        clock.Advance(TimeSpan.FromHours(1));

        configuration.Change("MaxCrashes", "1");
        await Wait.UntilAsync(
            async () =>
            {
                await consumer.ClaimAsync();
                clock.Advance(TimeSpan.FromSeconds(1));
                await reap.RunOnceAsync(long.MaxValue);
                return await other.Events.CountAsync() is { Leased: 0 };
            },
            "the lease is taken back");

        (await other.Events.CountAsync()).Dead.Should().Be(1);
    }

    [Fact]
    [Trait("Fault", "143")]
    public async Task AnInvalidChange_IsLogged_AndTheHostGoesOn()
    {
        var (configuration, handled) = (new ChangingConfiguration(), new ConcurrentQueue<int>());
        await using var host = await StartAsync(configuration, clock: null, builder => builder.AddHandler<Reminder>((context, _) =>
        {
            handled.Enqueue(context.Event.Number);
            return default;
        }));
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(() => handled.Count == 1, "it works before");

        configuration.Set("MaxAttempts", "0");
        configuration.Change("LeaseDuration", "soon");
        await Wait.UntilAsync(() => host.Log.TextsOf("204").Length > 0, "the change is logged");
        await host.Bus.PublishAsync(new Reminder(2));
        await Wait.UntilAsync(() => handled.Count == 2, "it works afterwards");

        host.IsStopping.Should().BeFalse();
        host.Log.TextsOf("201").Should().BeEmpty("the loop goes on");
        handled.Should().Equal(1, 2);
    }

    private static HostedGroup Group(GenericHost host) => host.Services.GetRequiredService<HostedGroups>().Handling[0];

    private Task<GenericHost> StartAsync(
        ChangingConfiguration configuration, FakeTimeProvider? clock, Action<IRedisTriggersBuilder> build, string? bus = null) =>
        Create(configuration, clock, build, bus).StartAsync();

    private GenericHost Create(
        ChangingConfiguration configuration, FakeTimeProvider? clock, Action<IRedisTriggersBuilder> build, string? bus = null) =>
        GenericHost.Create((services, prefix) =>
        {
            services.AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
            configuration.Set("KeyPrefix", prefix);
            var builder = bus is null ? services.AddRedisTriggers(configuration.Section)
                : services.AddKeyedRedisTriggers(bus, configuration.Section);
            if (clock is not null)
            {
                services.AddSingleton<TimeProvider>(clock);
                builder.UseTimeProviderAsRedisClock();
            }

            builder.AddHandler<OrderPlaced>(static (_, _) => default).RunAsHostedService();
            build(builder);
        });
}
