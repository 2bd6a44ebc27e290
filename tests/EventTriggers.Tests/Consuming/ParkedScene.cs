using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>Consumers of one group that handle different types, under a clock of their own.</summary>
internal sealed class ParkedScene : IAsyncDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromHours(4);

    private ParkedScene(TestHost host, FakeTimeProvider clock)
    {
        (Host, Clock) = (host, clock);
        (Other, Handler, Both) = (Consumer(), Consumer(), Consumer());
    }

    public TestHost Host { get; }

    public FakeTimeProvider Clock { get; }

    public RedisKeys Keys => Host.Keyspace.Partitions[0].Keys;

    /// <summary>Gets one that handles 'a'.</summary>
    public ManualConsumer Other { get; }

    /// <summary>Gets one that handles 'b', once it has said so.</summary>
    public ManualConsumer Handler { get; }

    public ManualConsumer Both { get; }

    public static ParkedScene Create(RedisFixture redis)
    {
        var clock = Tests.Clock.At2030();
        return new ParkedScene(
            TestHost.Create(
                redis, configure: static options => (
                    options.UnhandledTimeout, options.DeadLetterRetention) = (Timeout, TimeSpan.FromDays(365)), time: clock), clock);
    }

    public ManualConsumer Consumer(int concurrency = 100) => new(Host, concurrency: concurrency, time: Clock);

    public async Task HandledAsync()
    {
        await Other.SubscribeAsync("a");
        await Handler.SubscribeAsync("b");
        await Both.SubscribeAsync("a", "b");
    }

    public async Task NobodyHandlesAsync()
    {
        await HandledAsync();
        await Handler.LeaveAsync();
        await Both.LeaveAsync();
    }

    public async Task<string> PublishAsync(string type, PublishOptions? options = null) =>
        (await Host.Bus.PublishRawAsync(type, "1"u8.ToArray(), options)).Id;

    /// <summary>Publishes events that then go through the consumer that does not handle them.</summary>
    public async Task<string> ParkAsync(int count = 1)
    {
        var id = string.Empty;
        for (var i = 0; i < count; i++)
        {
            id = await PublishAsync("b");
        }

        await SkipAsync();
        return id;
    }

    public async Task SkipAsync() =>
        await Other.SettleAsync([.. (await Other.ClaimAllAsync()).Select(static lease => new Settlement(lease, Outcome.Skip))]);

    public async Task LookEachMinuteAsync(TimeSpan span)
    {
        for (var end = Clock.GetUtcNow() + span; Clock.GetUtcNow() < end;)
        {
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Other.LookAfterUnhandledAsync();
        }
    }

    public async Task<string[]> OfStatusAsync(DeliveryStatus status) =>
        await Host.Events.QueryAsync(new EventQuery { Status = status }).Select(static e => e.Id).ToArrayAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
