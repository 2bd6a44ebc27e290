using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Groups;

/// <summary>A consumer that claims step by step, and which priority each event has that it takes.</summary>
internal sealed class PriorityScene(TestHost host, FakeTimeProvider clock, ManualConsumer consumer, IDatabase database) : IAsyncDisposable
{
    public static readonly Priority[] All = [Priority.High, Priority.Normal, Priority.Low];

    private readonly Dictionary<string, (int Number, Priority Priority)> _published = new(StringComparer.Ordinal);

    public TestHost Host => host;

    public required DateTimeOffset Begin { get; init; }

    public FakeTimeProvider Clock => clock;

    public ManualConsumer Consumer => consumer;

    public GroupKeys Keys => host.Keyspace.Partitions[0].Keys.Of(host.Keyspace.Options.Group);

    public static async Task<PriorityScene> BeginAsync(
        RedisFixture redis, int concurrency, bool subscribes = true, int? places = null, int? most = null)
    {
        var clock = Tests.Clock.At2030();
        var host = TestHost.Create(
            redis,
            configure: options =>
            {
                options.MaxReadyPerGroup = most;
                options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places };
            },
            time: clock);
        var consumer = new ManualConsumer(host, concurrency: concurrency, time: clock);
        if (subscribes)
        {
            await consumer.SubscribeAsync("order.placed");
        }

        return new PriorityScene(host, clock, consumer, redis.Database) { Begin = clock.GetUtcNow() };
    }

    /// <summary>Publishes so many of each priority, numbered by priority.</summary>
    public Task PublishAsync(int count, params Priority[] priorities) => PublishAsync(count, priorities, from: 0);

    public Task PublishAsync(int count, Priority priority, int from) => PublishAsync(count, [priority], from);

    public async Task<IReadOnlyList<Taken>> ClaimAsync(int times)
    {
        var all = new List<Taken>();
        for (var n = 0; n < times; n++)
        {
            all.AddRange((await consumer.ClaimAsync()).Select(Read));
        }

        return all;
    }

    public async Task<Taken> ClaimUntilAsync(Predicate<Taken> wanted)
    {
        while (true)
        {
            if ((await ClaimAsync(1)).FirstOrDefault(one => wanted(one)) is { } found)
            {
                return found;
            }

            consumer.Left.Should().BePositive();
        }
    }

    public async Task<IReadOnlyList<string>> KeysAsync(string pattern)
    {
        var root = host.Keyspace.Partitions[0].Keys.Root;
        var names = new[] { "ready:", "ready-high:", "ready-low:", "prioritized" }
            .Where(name => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern)
            .Select(name => $"{root}:{name}{(name.EndsWith(':') ? host.Keyspace.Options.Group : string.Empty)}");
        var found = new List<string>();
        foreach (var name in names)
        {
            if (await database.KeyExistsAsync(name))
            {
                found.Add(name);
            }
        }

        return found;
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private async Task PublishAsync(int count, Priority[] priorities, int from)
    {
        var (events, told) = (new List<EventToPublish>(), new List<(int Number, Priority Priority)>());
        for (var n = from; n < from + count; n++)
        {
            foreach (var priority in priorities)
            {
                events.Add(EventToPublish.Of(new OrderPlaced(n), new() { Priority = priority }));
                told.Add((n, priority));
            }
        }

        var results = await host.Bus.PublishManyAsync(events);
        for (var i = 0; i < results.Count; i++)
        {
            _published[results[i].Id] = told[i];
        }
    }

    private Taken Read(Lease lease)
    {
        var (number, priority) = _published.GetValueOrDefault(lease.Delivery.Id);
        return new Taken(lease.Delivery.Id, number, priority, lease);
    }

    internal sealed record Taken(string Id, int Number, Priority Priority, Lease Lease);
}
