namespace EventTriggers.Tests.Groups;

/// <summary>Hosts with a group that orders by key, a consumer that a test moves step by step, and events of one key.</summary>
internal static class KeyOrderScene
{
    public static readonly PublishOptions KeyA = new() { Key = "a" };

    public static TestHost Host(
        RedisFixture redis, int places, Func<EventContext<OrderPlaced>, CancellationToken, ValueTask>? handle = null,
        DeadLetters onDead = DeadLetters.PassBy, TimeProvider? time = null, string? prefix = null) => TestHost.Create(
            redis,
            handle is null ? null : build => build.AddHandler(handle),
            options =>
            {
                options.MaxAttempts = 3;
                options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places, OnDead = onDead };
            },
            time,
            prefix);

    public static string Root(TestHost host) => host.Keyspace.Partitions[0].Keys.Root.ToString();

    public static async Task<ManualConsumer> ConsumerAsync(TestHost host)
    {
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    // Of one key, in their order.
    public static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, int count) =>
        (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))], KeyA)).Ids();
}
