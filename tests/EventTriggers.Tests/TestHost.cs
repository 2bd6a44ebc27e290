using EventTriggers.Redis;
using EventTriggers.Testing.Harness;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Tests;

/// <summary>A host in the test's process: services on the fixture's server, and a consumer loop that is started when wanted.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly CancellationTokenSource _stop = new();
    private readonly RedisFixture? _leaves;
    private Task _loop = Task.CompletedTask;

    private TestHost(ServiceProvider provider, string prefix, LogLines log, RedisFixture? leaves)
    {
        _provider = provider;
        _leaves = leaves;
        Prefix = prefix;
        Log = log;
    }

    public string Prefix { get; }

    public LogLines Log { get; }

    public IServiceProvider Services => _provider;

    public IEventBus Bus => _provider.GetRequiredService<IEventBus>();

    public IEventStore Events => _provider.GetRequiredService<IEventStore>();

    public ITriggerStore Triggers => _provider.GetRequiredService<ITriggerStore>();

    public IOperationStore Operations => _provider.GetRequiredService<IOperationStore>();

    public IGroupStore Groups => _provider.GetRequiredService<IGroupStore>();

    public IConsumerLoop Loop => _provider.GetRequiredService<IConsumerLoop>();

    public Keyspace Keyspace => _provider.GetRequiredService<Keyspace>();

    public static TestHost Create(
        RedisFixture redis,
        Action<IRedisTriggersBuilder>? build = null,
        Action<RedisTriggersOptions>? configure = null,
        TimeProvider? time = null,
        string? prefix = null,
        IConnectionMultiplexer? connection = null,
        LogLevel level = LogLevel.Debug)
    {
        var services = new ServiceCollection();
        var log = new LogLines();
        var leaves = prefix is null && connection is null ? redis : null;
        prefix ??= RedisFixture.NewPrefix();
        services.AddLogging(logging => logging.SetMinimumLevel(level).AddProvider(log));
        services.AddSingleton(connection ?? redis.HostConnection);
        if (time is not null)
        {
            services.AddSingleton(time);
        }

        var builder = services.AddRedisTriggers(options =>
        {
            options.KeyPrefix = prefix;
            options.RetryDelay = TimeSpan.FromMilliseconds(20);
            options.MaxRetryDelay = TimeSpan.FromMilliseconds(40);

            // Nothing polls, and no lease ends: what a ring should have woken and did not fails the test instead of coming late.
            options.LeaseDuration = TimeSpan.FromMinutes(10);
            options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromHours(1);
            configure?.Invoke(options);
        });
        if (time is not null)
        {
            builder.UseTimeProviderAsRedisClock();
        }

        build?.Invoke(builder);
        return new TestHost(services.BuildServiceProvider(), prefix, log, leaves);
    }

    /// <summary>Starts the consumer loop.</summary>
    public TestHost Start()
    {
        _loop = Loop.RunAsync(_stop.Token);
        return this;
    }

    /// <summary>
    /// Waits until the loop sleeps: it has handled an event of its own, and had time to ask once more. What wakes it then is a ring and
    /// nothing else; were the time too short, a missing ring would only go unseen.
    /// </summary>
    public async Task AsleepAsync<TEvent>(TEvent payload)
        where TEvent : notnull
    {
        var id = (await Bus.PublishAsync(payload)).Id;
        await Wait.UntilAsync(
            async () => (await Events.FindAsync(id))?.Deliveries.Any(
                d => d.Status == DeliveryStatus.Processed) == true, "the loop handles events");
        await Task.Delay(100);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _provider.DisposeAsync();
        _stop.Dispose();

        // All tests share the server: were it to grow, each that looks through it would take longer.
        if (_leaves is { } redis)
        {
            await new TestServer(redis.Connection, OthersUseIt: true).RemoveAsync(Prefix, redis.Database.Database);
        }

        // Security 16.
        Log.Texts.Any(static text => text.Contains(LeastPrivilege.Password, StringComparison.Ordinal))
            .Should().BeFalse("no log may hold a password");
        Log.Dispose();
    }
}
