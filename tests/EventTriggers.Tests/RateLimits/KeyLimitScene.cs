using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.RateLimits;

/// <summary>
/// A group that limits how many deliveries of a key begin, with one consumer that a test moves step by step, by a clock that stands still.
/// </summary>
internal sealed class KeyLimitScene : IAsyncDisposable
{
    private readonly IDatabase _database;
    private int _published;

    /// <param name="redis">The server.</param>
    /// <param name="count">How many of a key may begin in ten seconds.</param>
    /// <param name="burst">How many may begin at once.</param>
    /// <param name="places">How many of a key are handled at a time; <see langword="null"/> for any number.</param>
    /// <param name="connection">The connection; <see langword="null"/> for that of the fixture.</param>
    /// <param name="prefix">The prefix of its keys; <see langword="null"/> for one of its own.</param>
    public KeyLimitScene(
        RedisFixture redis, int count = 1, int burst = 1, int? places = null, IConnectionMultiplexer? connection = null,
        string? prefix = null)
    {
        Host = TestHost.Create(
            redis,
            configure: options => options.Groups[options.Group] = new GroupOptions
            {
                ConcurrencyPerKey = places,
                LimitPerKey = new LimitOptions { Count = count, Per = TimeSpan.FromSeconds(10), Burst = burst },
            },
            time: Clock,
            connection: connection,
            prefix: prefix);
        _database = connection?.GetDatabase() ?? redis.Database;
        Consumer = new ManualConsumer(Host, time: Clock);
    }

    public FakeTimeProvider Clock { get; } = Tests.Clock.At2030();

    public TestHost Host { get; }

    public ManualConsumer Consumer { get; }

    public Task SubscribeAsync(KeyMode? mode = null)
    {
        Consumer.Mode = mode ?? Consumer.Mode;
        return Consumer.SubscribeAsync("order.placed");
    }

    public RedisKey Key(string name) => $"{Host.Keyspace.Partitions[0].Keys.Root}:{name}";

    public async Task<IReadOnlyList<string>> PublishAsync(int count, string? key = "a")
    {
        var events = Enumerable.Range(0, count).Select(_ => new OrderPlaced(_published++)).ToArray();
        return (await Host.Bus.PublishManyAsync(events, new PublishOptions { Key = key })).Ids();
    }

    /// <summary>Claims what there is.</summary>
    /// <returns>The ids, in order.</returns>
    public async Task<IReadOnlyList<string>> ClaimAsync() => [.. (await Consumer.ClaimAllAsync()).Select(static one => one.Delivery.Id)];

    /// <summary>Claims what there is, and handles it.</summary>
    /// <returns>The ids, in order.</returns>
    public async Task<IReadOnlyList<string>> HandleAsync(Outcome outcome = Outcome.Done)
    {
        var leases = await Consumer.ClaimAllAsync();
        await Consumer.SettleAsync([.. leases.Select(lease => new Settlement(lease, outcome))]);
        return [.. leases.Select(static one => one.Delivery.Id)];
    }

    public async Task PassAsync(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));

        // Other consumers go on meanwhile, so that no lease is in doubt.
        await _database.StringSetAsync(Key("contact"), Clock.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Gets in how many ms the last claim is to be repeated; less than 0 for never.</summary>
    public long NextInMs => Consumer.NextDelayed < 0 ? -1 : Consumer.NextDelayed - Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
