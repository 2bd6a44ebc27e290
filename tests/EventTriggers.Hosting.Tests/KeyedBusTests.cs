using System.Collections.Concurrent;
using EventTriggers.Faults;
using EventTriggers.Tests;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace EventTriggers.Hosting.Tests;

/// <summary>One call runs the loops of all buses, and each bus has its own checks.</summary>
public sealed class KeyedBusTests(RedisFixture redis)
{
    // A port on which nothing listens.
    private const string Away = "127.0.0.1:1";

    [Fact]
    [Trait("Fault", "142")]
    public async Task OneCall_RunsTheLoopsOfAllBuses_AndEachHasItsOwnHealth()
    {
        var handled = new ConcurrentQueue<string>();
        await using var host = GenericHost.Create((services, prefix) =>
        {
            services.AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
            services.AddRedisTriggers(options => options.KeyPrefix = prefix)
                .AddHandler<OrderPlaced>((context, _) => Note($"default {context.Event.Number}")).RunAsHostedService();
            services.AddKeyedRedisTriggers("audit", options => options.KeyPrefix = $"{prefix}-audit")
                .AddHandler<OrderPlaced>((context, _) => Note($"audit {context.Event.Number}"));

            // Its connection is never made: neither the host nor the other buses wait for it.
            services.AddKeyedRedisTriggers("away", options => options.KeyPrefix = $"{prefix}-away")
                .UseConnectionAsync(static _ => new TaskCompletionSource<ConnectionMultiplexer>().Task)
                .AddHandler<OrderPlaced>(static (_, _) => default);
            services.AddHealthChecks().AddEventTriggers().AddEventTriggers(serviceKey: "audit").AddEventTriggers(serviceKey: "away")
                .AddEventTriggersLiveness(serviceKey: "away");
        });
        await host.StartAsync();
        await host.Services.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced(1));
        await host.Services.GetRequiredKeyedService<IEventBus>("audit").PublishAsync(new OrderPlaced(2));
        await Wait.UntilAsync(() => handled.Count == 2, "both loops handle");

        handled.Should().BeEquivalentTo("default 1", "audit 2");
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        report.Entries.ToDictionary(static one => one.Key, static one => one.Value.Status).Should()
            .BeEquivalentTo(new Dictionary<string, HealthStatus>
            {
                ["eventtriggers"] = HealthStatus.Healthy,
                ["eventtriggers-audit"] = HealthStatus.Healthy,
                ["eventtriggers-away"] = HealthStatus.Unhealthy,
                ["eventtriggers-live-away"] = HealthStatus.Healthy,
            });

        ValueTask Note(string what)
        {
            handled.Enqueue(what);
            return default;
        }
    }

    [Fact]
    [Trait("Fault", "142")]
    public async Task ABusWhoseRedisIsAway_FromTheStartOrLater_HoldsNoOtherBusUp_AndGoesOnWhenItIsBack()
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(Away);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            $"{redis.HostThrough(proxy.ConnectionString)},abortConnect=false");
        var handled = new ConcurrentQueue<string>();
        await using var host = GenericHost.Create((services, prefix) =>
        {
            services.AddKeyedSingleton<IConnectionMultiplexer>("far", connection);
            services.AddKeyedSingleton<IConnectionMultiplexer>("near", redis.HostConnection);
            services.AddKeyedRedisTriggers(
                    "far", options => (options.KeyPrefix, options.OperationTimeout) = ($"{prefix}-far", TimeSpan.FromSeconds(1)))
                .AddHandler<OrderPlaced>((context, _) => Note($"far {context.Event.Number}")).RunAsHostedService();
            services.AddKeyedRedisTriggers("near", options => options.KeyPrefix = $"{prefix}-near")
                .AddHandler<OrderPlaced>((context, _) => Note($"near {context.Event.Number}"));
        });

        await host.StartAsync();
        await OnlyTheNearOneWorksAsync(1);
        await proxy.RetargetAsync(redis.Server.ConnectionString);
        await BothWorkAsync(2);
        await proxy.RetargetAsync(Away);
        await OnlyTheNearOneWorksAsync(3);
        await proxy.RetargetAsync(redis.Server.ConnectionString);
        await BothWorkAsync(4);

        handled.Should().BeEquivalentTo("near 1", "near 2", "far 2", "near 3", "near 4", "far 4");
        host.IsStopping.Should().BeFalse();

        IEventBus Bus(string key) => host.Services.GetRequiredKeyedService<IEventBus>(key);

        async Task OnlyTheNearOneWorksAsync(int number)
        {
            await Wait.UntilAsync(() => !connection.IsConnected, "the client knows that it is not connected");
            var refused = await FluentActions.Awaiting(() => Bus("far").PublishAsync(new OrderPlaced(number)).AsTask())
                .Should().ThrowAsync<StoreUnavailableException>();
            refused.Which.MayHaveHappened.Should().BeFalse("no connection leads there");
            await Bus("near").PublishAsync(new OrderPlaced(number));
            await Wait.UntilAsync(() => handled.Contains($"near {number}"), "the bus that has its Redis works");
        }

        async Task BothWorkAsync(int number)
        {
            await Wait.UntilAsync(() => connection.IsConnected, "it is connected");
            await Bus("far").PublishAsync(new OrderPlaced(number));
            await Bus("near").PublishAsync(new OrderPlaced(number));
            await Wait.UntilAsync(
                () => handled.Contains($"near {number}") && handled.Contains($"far {number}"), "both buses work");
        }

        ValueTask Note(string what)
        {
            handled.Enqueue(what);
            return default;
        }
    }
}
