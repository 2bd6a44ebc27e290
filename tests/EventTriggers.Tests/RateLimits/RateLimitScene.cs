using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.RateLimits;

/// <summary>A host of which one part takes grants of a limit of one start an hour, step by step, while the clock stands still.</summary>
internal sealed class RateLimitScene : IAsyncDisposable
{
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly RedisFixture _redis;

    public RateLimitScene(RedisFixture redis, int burst = 3)
    {
        _redis = redis;
        Host = TestHost.Create(redis, time: Clock);
        Queue = new DeliveryQueue("default", concurrency: 5, prefetches: false);
        Taker = new GrantTaker(Host.Keyspace, "default", [new RateLimit("hourly", "hourly", 1, Hour, burst)], Clock);
        Loop = new Signal(Clock, null!);
        Grants = new GrantLoop(Taker, Partition, Queue, new Signal(Clock, null!), Loop, Hour, Clock, NullLogger.Instance);
    }

    public FakeTimeProvider Clock { get; } = Tests.Clock.At2030();

    public TestHost Host { get; }

    public Partition Partition => Host.Keyspace.Partitions[0];

    public DeliveryQueue Queue { get; }

    public GrantTaker Taker { get; }

    public Signal Loop { get; }

    public GrantLoop Grants { get; }

    /// <summary>Gets how many grants are outstanding, as Redis has it; 0 where nobody has asked.</summary>
    public async Task<double> OutstandingAsync(string limit = "hourly")
    {
        var text = await _redis.Database.StringGetAsync(Partition.Keys.RateLimit(limit));
        return text.IsNull ? 0 : double.Parse(text.ToString().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    public Task ForgetAsync() => _redis.Database.KeyDeleteAsync(Partition.Keys.RateLimit("hourly"));

    public Task OutstandingIsAsync(double expected) =>
        Wait.UntilAsync(async () => await OutstandingAsync() == expected, $"{expected} grants are outstanding");

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
