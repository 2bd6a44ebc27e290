using System.Collections.Concurrent;
using System.Text;
using StackExchange.Redis;

namespace EventTriggers.Faults;

[EventType("probe")]
public sealed record Probe(string Marker);

[EventType("fence")]
public sealed record Fence;

/// <summary>
/// One round of a step under a fault: a victim whose connection passes through a proxy, and an observer on a connection of its own. What
/// handlers do is recorded here, never in the server.
/// </summary>
internal sealed class Scene : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(string Who, EventId Id, string Type)> _handled = new();
    private readonly List<Task> _loops = [];
    private readonly FaultProxy _proxy;
    private readonly ConnectionMultiplexer _connection;

    private Scene(ServerFixture server, FaultProxy proxy, ConnectionMultiplexer connection)
    {
        (_proxy, _connection) = (proxy, connection);
        var prefix = $"f{Guid.NewGuid():N}"[..16];
        Victim = Host(connection, prefix, "victim");
        Observer = Host(server.Connection, prefix, "observer");
    }

    public ServiceProvider Victim { get; }

    public ServiceProvider Observer { get; }

    /// <summary>Gets the ids of the probes that were handled, once for each time.</summary>
    public IReadOnlyList<EventId> Handled => [.. _handled.Where(entry => entry.Type == "probe").Select(entry => entry.Id)];

    public static async Task<Scene> CreateAsync(ServerFixture server)
    {
        var proxy = new FaultProxy(server.Server.ConnectionString);
        var options = ConfigurationOptions.Parse(proxy.ConnectionString);
        (options.AbortOnConnectFail, options.AsyncTimeout, options.SyncTimeout) = (false, 2000, 2000);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
        options.ReconnectRetryPolicy = new LinearRetry(50);
        return new Scene(server, proxy, await ConnectionMultiplexer.ConnectAsync(options));
    }

    public Task ArmAsync(Fault fault, string bytes) => _proxy.ArmAsync(fault, Encoding.UTF8.GetBytes(bytes)).WaitAsync(Limit);

    /// <summary>Sends the victim to another server, as if its own had come back without its data.</summary>
    public Task RetargetAsync(string server) => _proxy.RetargetAsync(server);

    /// <summary>Starts the consumer loop of one of the hosts.</summary>
    public Scene Consume(ServiceProvider host)
    {
        _loops.Add(host.GetRequiredService<IConsumerLoop>().RunAsync(_stop.Token));
        return this;
    }

    public static async Task UntilAsync(Func<ValueTask<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited {Limit} in vain: {what}.");
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>Waits until everything that was published before now is settled, in whatever state it is.</summary>
    public async Task SettledAsync()
    {
        var store = Observer.GetRequiredService<IEventStore>();
        await UntilAsync(async () => await store.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }, "everything is settled");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        await Victim.DisposeAsync();
        await Observer.DisposeAsync();
        await _connection.DisposeAsync();
        await _proxy.DisposeAsync();
        _stop.Dispose();
    }

    private ServiceProvider Host(IConnectionMultiplexer connection, string prefix, string who)
    {
        var services = new ServiceCollection();
        services.AddSingleton(connection);
        services.AddRedisTriggers(options =>
        {
            options.KeyPrefix = prefix;
            options.LeaseDuration = TimeSpan.FromSeconds(5);
            options.RenewalInterval = TimeSpan.FromSeconds(1);
            options.Concurrency = 4;
        })
        .AddHandler<Probe>((context, _) =>
        {
            _handled.Enqueue((who, context.Id, context.Type));
            return default;
        })
        .AddHandler<Fence>((context, _) => default);
        return services.BuildServiceProvider();
    }
}
