using StackExchange.Redis;

namespace EventTriggers.Tests.Groups;

/// <summary>Hosts with a group of four workers, and what they say of themselves.</summary>
internal static class ConcurrencyScene
{
    public static TestHost Host(
        RedisFixture redis, CountedHandler handler, TimeProvider? clock = null, Action<GroupBuilder>? configure = null,
        string? prefix = null, IConnectionMultiplexer? connection = null) =>
        TestHost.Create(
            redis,
            build => build.AddGroup("mail", group =>
            {
                group.Concurrency = 4;
                configure?.Invoke(group);
                group.AddHandler<OrderPlaced>((_, token) => handler.HandleAsync(token));
            }),
            time: clock,
            prefix: prefix,
            connection: connection);

    public static Task KnownAsync(TestHost host) => Wait.UntilAsync(
        async () => await host.Groups.FindAsync("mail") is { Consumers.Count: > 0 }, "the group is known");

    // What the process says of itself.
    public static Task ObeysAsync(TestHost host, int concurrency, string name = "mail") => Wait.UntilAsync(
        async () => (await host.Groups.ListConsumersAsync()).SelectMany(static consumer => consumer.Groups)
            .Any(group => group.Group == name && group.Concurrency == concurrency),
        $"it obeys {concurrency}");

    public static Task PublishAsync(TestHost host, int count) =>
        host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))]).AsTask();
}
