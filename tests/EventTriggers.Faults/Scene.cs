using System.Collections.Concurrent;
using System.Text;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Tests;
using Microsoft.Extensions.Logging.Abstractions;
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
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(string Who, string Id, string Type)> _handled = new();
    private readonly List<Task> _loops = [];
    private readonly FaultProxy _proxy;
    private readonly ConnectionMultiplexer _connection;

    private Scene(RedisFixture redis, FaultProxy proxy, ConnectionMultiplexer connection)
    {
        (_proxy, _connection) = (proxy, connection);
        var prefix = $"f{Guid.NewGuid():N}"[..16];
        Victim = Host(connection, prefix, "victim");
        Observer = Host(redis.Connection, prefix, "observer");
    }

    public ServiceProvider Victim { get; }

    public ServiceProvider Observer { get; }

    /// <summary>Gets or sets what handlers of probes wait for.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>Gets or sets how many handlings of probes fail.</summary>
    public int FailuresLeft { get; set; }

    /// <summary>Gets the ids of the probes that were handled, once for each time.</summary>
    public IReadOnlyList<string> Handled => [.. _handled.Where(entry => entry.Type == "probe").Select(entry => entry.Id)];

    public static async Task<Scene> CreateAsync(RedisFixture redis)
    {
        redis.SkipInACluster();
        var proxy = new FaultProxy(redis.Server.ConnectionString);
        var options = ConfigurationOptions.Parse(proxy.ConnectionString);
        (options.AbortOnConnectFail, options.AsyncTimeout, options.SyncTimeout) = (false, 2000, 2000);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
        options.ReconnectRetryPolicy = new LinearRetry(50);
        return new Scene(redis, proxy, await ConnectionMultiplexer.ConnectAsync(options));
    }

    public Task ArmAsync(Fault fault, string bytes) => Wait.ForAsync(_proxy.ArmAsync(fault, Encoding.UTF8.GetBytes(bytes)));

    /// <summary>Publishes a probe, claims it for nobody, and lets its lease end.</summary>
    public async Task LeaveAnExpiredLeaseAsync(string id)
    {
        var keyspace = Observer.GetRequiredService<Keyspace>();
        var partition = keyspace.Partitions[0];
        var group = new DeliveryQueue("default", concurrency: 1);
        await keyspace.EnsureReadyAsync();
        GroupType[] subscriptions = [new("default", "probe"), new("default", "fence")];
        await new SubscribeDuty(keyspace, partition, subscriptions, NullLogger.Instance).RunOnceAsync();
        await Observer.GetRequiredService<IEventBus>().PublishAsync(new Probe("x"), new PublishOptions { Id = id });
        await new Claimer(keyspace, partition, [group], TimeProvider.System, NullLogger.Instance).RunOnceAsync(consumer: null);
        group.Held.Should().ContainSingle();
        await keyspace.Database.SortedSetAddAsync(partition.Keys.Of("default").Leased, id, 1, SortedSetWhen.Exists);
    }

    /// <summary>Starts the consumer loop of one of the hosts.</summary>
    public Scene Consume(ServiceProvider host)
    {
        _loops.Add(host.GetRequiredService<IConsumerLoop>().RunAsync(_stop.Token));
        return this;
    }

    /// <summary>Waits until everything that was published before now is settled, in whatever state it is.</summary>
    public async Task SettledAsync()
    {
        var store = Observer.GetRequiredService<IEventStore>();
        await Wait.UntilAsync(async () => await store.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }, "everything is settled");
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
        .AddHandler<Probe>(async (context, _) =>
        {
            _handled.Enqueue((who, context.Id, context.Type));
            await (Hold?.Task ?? Task.CompletedTask);
            if (FailuresLeft-- > 0)
            {
                throw new InvalidOperationException("A probe fails.");
            }
        })
        .AddHandler<Fence>((context, _) => default);
        return services.BuildServiceProvider();
    }
}
