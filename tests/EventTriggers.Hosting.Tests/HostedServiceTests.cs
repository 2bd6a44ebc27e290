using System.Collections.Concurrent;
using EventTriggers.Faults;
using EventTriggers.Tests;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace EventTriggers.Hosting.Tests;

/// <summary>RunAsHostedService in a generic host.</summary>
public sealed class HostedServiceTests(RedisFixture redis)
{
    // With abortConnect=true, the client's default, a multiplexer that the container makes throws while the server is away.
    [Theory]
    [InlineData("abortConnect=false")]
    [InlineData("abortConnect=true,connectRetry=1,connectTimeout=500")]
    public async Task Start_WhileRedisIsAway_DoesNotWait_AndWorksWhenItComes(string how)
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy("127.0.0.1:1");
        var handled = new TaskCompletionSource<int>();
        await using var host = GenericHost.Create((services, prefix) =>
        {
            services.AddSingleton<IConnectionMultiplexer>(
                _ => ConnectionMultiplexer.Connect($"{redis.HostThrough(proxy.ConnectionString)},{how}"));
            services.AddRedisTriggers(options => (options.KeyPrefix, options.OperationTimeout) = (prefix, TimeSpan.FromSeconds(1)))
                .AddHandler<OrderPlaced>((context, _) => Done(handled, context.Event.Number)).RunAsHostedService();
        });

        await host.StartAsync();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.IsCancellationRequested.Should().BeTrue();
        await Wait.UntilAsync(
            () => host.Log.TextsOf("12").Length + host.Log.TextsOf("202").Length > 0, "the loop says that Redis is away");
        await proxy.RetargetAsync(redis.Server.ConnectionString);
        await using var other = TestHost.Create(redis, prefix: host.Prefix);
        await other.Bus.PublishAsync(new OrderPlaced(7));

        (await Wait.ForAsync(handled.Task)).Should().Be(7);
        host.IsStopping.Should().BeFalse();
    }

    [Fact]
    public async Task ARefusedSchema_StopsTheHostWithItsMessage()
    {
        await using var host = GenericHost.Create((services, prefix) => Add(services, prefix).RunAsHostedService());
        await RefuseAsync(host.Prefix);

        await host.StartAsync();
        await host.StoppedAsync();

        host.Log.TextsOf("201").Should().ContainSingle()
            .Which.Should().StartWith("The consumer loop of the default bus has ended").And.Contain("made with schema version 99");
        host.Log.Texts.Should().Contain(static text => text.Contains("BackgroundService failed", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AHandlerThatCannotBeResolved_StopsTheHostWithItsName()
    {
        await using var host = GenericHost.Create(
            (services, prefix) => Add(services, prefix).AddHandler<Reminder, Lacking>().RunAsHostedService());

        await host.StartAsync();
        await host.StoppedAsync();

        host.Log.TextsOf("201").Should().ContainSingle().Which.Should().Contain(typeof(Lacking).FullName);
    }

    [Fact]
    public async Task WithIgnore_TheHostGoesOnWithoutTheLoop()
    {
        await using var host = GenericHost.Create((services, prefix) =>
        {
            services.Configure<HostOptions>(
                options => options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
            Add(services, prefix).RunAsHostedService();
        });
        await RefuseAsync(host.Prefix);

        await host.StartAsync();
        await Wait.UntilAsync(() => host.Log.TextsOf("201").Length == 1, "the loop has ended");
        await Task.Delay(100);

        host.IsStopping.Should().BeFalse();
        await host.StopAsync();
    }

    [Fact]
    public async Task Stop_WaitsForRunningHandlers()
    {
        var (started, finish, ended) = (new TaskCompletionSource(), new TaskCompletionSource(), false);
        await using var host = GenericHost.Create((services, prefix) => Add(services, prefix).AddHandler<Reminder>(async (_, _) =>
        {
            started.TrySetResult();
            await finish.Task;
            ended = true;
        }).RunAsHostedService());
        await host.StartAsync();
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.ForAsync(started.Task);

        var stopping = host.StopAsync();
        await Wait.UntilAsync(
            () => host.Services.GetRequiredService<IConsumerLoop>().Status.State == ConsumerLoopState.Draining, "it drains");
        stopping.IsCompleted.Should().BeFalse();
        finish.SetResult();
        await stopping;

        ended.Should().BeTrue();
        await using var other = TestHost.Create(redis, prefix: host.Prefix);
        (await other.Events.CountAsync()).Should().Match<GroupCounts>(counts => counts.Processed == 1 && counts.Leased == 0);
    }

    // What does not end is released within the host's time, not left to its lease.
    [Fact]
    public async Task Stop_WithALongerDrainThanShutdown_ReleasesWithinTheShutdown()
    {
        var started = new TaskCompletionSource();
        await using var host = GenericHost.Create((services, prefix) =>
        {
            services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(6));
            Add(services, prefix, static options => options.DrainTimeout = TimeSpan.FromMinutes(10)).AddHandler<Reminder>(async (_, _) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
            }).RunAsHostedService();
        });
        await host.StartAsync();
        await Wait.UntilAsync(() => host.Log.TextsOf("203").Length == 1, "it warns");
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.ForAsync(started.Task);

        await host.StopAsync();

        host.Log.TextsOf("203").Single().TrimEnd().Should()
            .Be("DrainTimeout of the default bus is 00:10:00, but HostOptions.ShutdownTimeout is 00:00:06: running handlers get 00:00:04 "
                + "when the host stops. Raise ShutdownTimeout, or lower DrainTimeout.");
        host.Log.Texts.Should().Contain(
            static text => text.StartsWith("Stopped; 1 unfinished", StringComparison.Ordinal), "it has drained before the host gave up");
        await using var other = TestHost.Create(redis, prefix: host.Prefix);
        (await other.Events.CountAsync()).Should().Match<GroupCounts>(counts => counts.Ready == 1 && counts.Leased == 0);
    }

    [Fact]
    public async Task Start_WithADrainThatFits_DoesNotWarn()
    {
        await using var host = GenericHost.Create((services, prefix) => Add(services, prefix).RunAsHostedService());

        await host.StartAsync();
        await Wait.UntilAsync(
            () => host.Services.GetRequiredService<IConsumerLoop>().Status.State == ConsumerLoopState.Running, "the loop starts");

        host.Log.TextsOf("203").Should().BeEmpty();
    }

    [Fact]
    public async Task CalledTwice_OneServiceRuns()
    {
        var handled = new ConcurrentBag<int>();
        await using var host = GenericHost.Create((services, prefix) => Add(services, prefix).AddHandler<Reminder>((context, _) =>
        {
            handled.Add(context.Event.Number);
            return default;
        }).RunAsHostedService().RunAsHostedService());

        await host.StartAsync();
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(() => !handled.IsEmpty, "it is handled");

        host.Services.GetServices<IHostedService>().OfType<ConsumerHostedService>().Should().ContainSingle();
        host.Log.TextsOf("201").Should().BeEmpty("a second run of the loop would fail");
    }

    private static ValueTask Done(TaskCompletionSource<int> source, int number)
    {
        source.TrySetResult(number);
        return default;
    }

    private IRedisTriggersBuilder Add(IServiceCollection services, string prefix, Action<RedisTriggersOptions>? configure = null)
    {
        services.AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
        return services.AddRedisTriggers(options =>
        {
            options.KeyPrefix = prefix;
            configure?.Invoke(options);
        }).AddHandler<OrderPlaced>((_, _) => default);
    }

    private Task RefuseAsync(string prefix) =>
        redis.Database.HashSetAsync($"{{{prefix}:0}}:meta", [new("schema", "99"), new("partitions", 1)]);

    private sealed class Lacking(Missing missing) : IEventHandler<Reminder>
    {
        public ValueTask HandleAsync(EventContext<Reminder> context, CancellationToken cancellationToken) =>
            throw new InvalidOperationException(missing.ToString());
    }

    private sealed class Missing;
}
