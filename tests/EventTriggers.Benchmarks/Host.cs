using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace EventTriggers.Benchmarks;

/// <summary>The library in a host of its own, as a stranger would set it up.</summary>
internal sealed class Host : IAsyncDisposable
{
    public const string Group = "default";

    /// <summary>The number of handlers at a time that drains fastest here. The default, 32, is measured beside it.</summary>
    public const int BestConcurrency = 128;

    private readonly ServiceProvider _provider;
    private readonly ConnectionMultiplexer _connection;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    private Host(ServiceProvider provider, ConnectionMultiplexer connection) => (_provider, _connection) = (provider, connection);

    public IEventBus Bus => _provider.GetRequiredService<IEventBus>();

    public ITriggerStore Triggers => _provider.GetRequiredService<ITriggerStore>();

    public static Task<Host> CreateAsync(
        Server server, Action<EventContext<Payload>> handle, Action<RedisTriggersOptions>? configure = null,
        Action<IRedisTriggersBuilder>? build = null) =>
        CreateAsync(server.ConnectionString, server.Prefix, handle, configure, build);

    public static async Task<Host> CreateAsync(
        string connectionString, string prefix, Action<EventContext<Payload>> handle, Action<RedisTriggersOptions>? configure,
        Action<IRedisTriggersBuilder>? build = null)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(connectionString);
        var services = new ServiceCollection();
        services.AddSingleton<IConnectionMultiplexer>(connection);
        var builder = services.AddRedisTriggers(options =>
        {
            options.KeyPrefix = prefix;
            configure?.Invoke(options);
        }).AddHandler<Payload>((context, _) =>
        {
            handle(context);
            return ValueTask.CompletedTask;
        });
        build?.Invoke(builder);
        return new Host(services.BuildServiceProvider(), connection);
    }

    public Host Start()
    {
        _loop = _provider.GetRequiredService<IConsumerLoop>().RunAsync(_stop.Token);
        return this;
    }

    /// <summary>Publishes one event a call from 256 callers.</summary>
    public Task PublishAsync(int events) => Callers.RunAsync(256, events, _ => Bus.PublishAsync(Payload.Of(0)).AsTask());

    /// <summary>Publishes in batches of 100 from 8 callers.</summary>
    public Task PublishManyAsync(int events) => Callers.RunAsync(8, events / 100, _ =>
        Bus.PublishManyAsync(Enumerable.Repeat(Payload.Of(0), 100).ToArray()).AsTask());

    /// <summary>Publishes events of a wire name together.</summary>
    public Task PublishRawAsync(string type, IReadOnlyList<ReadOnlyMemory<byte>> payloads) =>
        Task.WhenAll(payloads.Select(json => Bus.PublishRawAsync(type, json).AsTask()));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await _provider.DisposeAsync();
        await _connection.DisposeAsync();
        _stop.Dispose();
    }
}
