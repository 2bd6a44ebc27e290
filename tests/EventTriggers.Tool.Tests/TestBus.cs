using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>A host with the groups billing and search, in the test's process; its stores judge what the tool did.</summary>
internal sealed class TestBus : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    private TestBus(ServiceProvider services, string prefix) => (_services, Prefix) = (services, prefix);

    public string Prefix { get; }

    /// <summary>Gets or sets a value indicating whether the handler of billing fails.</summary>
    public bool Fails { get; set; }

    public IEventBus Bus => _services.GetRequiredService<IEventBus>();

    public IEventStore Events => _services.GetRequiredService<IEventStore>();

    public ITriggerStore Triggers => _services.GetRequiredService<ITriggerStore>();

    public IGroupStore Groups => _services.GetRequiredService<IGroupStore>();

    public IRateLimitStore Limits => _services.GetRequiredService<IRateLimitStore>();

    public IOperationStore Operations => _services.GetRequiredService<IOperationStore>();

    public IAuditStore Audit => _services.GetRequiredService<IAuditStore>();

    /// <summary>Makes a bus, and starts its host.</summary>
    /// <param name="redis">The server.</param>
    /// <param name="partitions">The number of partitions.</param>
    /// <param name="error">What the handler of billing says where it fails.</param>
    /// <param name="configure">Changes the host's options; <see langword="null"/> for nothing.</param>
    public static async Task<TestBus> StartAsync(
        RedisFixture redis, int partitions = 1, string error = "The bank is closed.", Action<RedisTriggersOptions>? configure = null)
    {
        var (prefix, services) = (RedisFixture.NewPrefix(), new ServiceCollection());
        TestBus? bus = null;
        services.AddLogging();
        services.AddRedisTriggers(options =>
            {
                (options.KeyPrefix, options.Partitions, options.MaxAttempts, options.Group) = (prefix, partitions, 1, "billing");
                options.LeaseDuration = TimeSpan.FromMinutes(10);
                configure?.Invoke(options);
            })
            .UseConnection(_ => redis.HostConnection)
            .AddHandler<OrderPlaced>((_, _) => bus!.Fails ? throw new InvalidOperationException(error) : ValueTask.CompletedTask)
            .AddGroup("search", static group => group
                .Limit("index", 1000, per: TimeSpan.FromSeconds(1))
                .AddHandler<Reminder>((_, _) => ValueTask.CompletedTask));
        bus = new TestBus(services.BuildServiceProvider(), prefix);
        await bus.StartLoopAsync();
        return bus;
    }

    /// <summary>Starts the loop, and waits until both groups have subscribed and a consumer is listed.</summary>
    public async Task StartLoopAsync()
    {
        _loop = _services.GetRequiredService<IConsumerLoop>().RunAsync(_stop.Token);
        await Wait.UntilAsync(
            async () => (await Groups.ListConsumersAsync()).Count > 0
                && (await Groups.ListAsync()).Count(static group => group.Types.Count > 0) == 2,
            "the groups subscribe");
    }

    /// <summary>Publishes orders that become dead letters.</summary>
    public async Task<string[]> MakeDeadLettersAsync(int count)
    {
        Fails = true;
        string[] ids = [.. Enumerable.Range(1, count).Select(static n => $"order-{n}")];
        foreach (var (id, number) in ids.Select(static (id, at) => (id, at + 1)))
        {
            await Bus.PublishAsync(new OrderPlaced(number), new PublishOptions { Id = id });
        }

        await Wait.UntilAsync(async () => (await Events.CountAsync("billing")).Dead == count, "the orders die");
        Fails = false;
        return ids;
    }

    public async Task<DeliveryStatus> StatusOfAsync(string id, string group = "billing") =>
        (await Events.FindAsync(id))!.Deliveries.Single(one => one.Group == group).Status;

    public async Task StopLoopAsync()
    {
        await _stop.CancelAsync();
        await Wait.ForAsync(_loop);
    }

    public async ValueTask DisposeAsync()
    {
        await StopLoopAsync();
        await _services.DisposeAsync();
        _stop.Dispose();
    }
}
