using System.Text;
using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>A host whose triggers are matched, and whose due triggers are fired, by hand.</summary>
internal sealed class MatchScene : IAsyncDisposable
{
    private readonly ManualConsumer _sources;
    private readonly ManualConsumer _raised;
    private readonly TriggerMatcher _matcher;

    private MatchScene(TestHost host, FakeTimeProvider? clock)
    {
        Host = host;
        Clock = clock!;
        _sources = new ManualConsumer(host, TriggerMatcher.Group);
        _raised = new ManualConsumer(host);
        _matcher = Matchers.Of(host);
    }

    public TestHost Host { get; }

    public FakeTimeProvider Clock { get; }

    /// <summary>Creates one; a clock of its own is what Redis goes by.</summary>
    public static async Task<MatchScene> CreateAsync(
        RedisFixture redis, FakeTimeProvider? clock = null, Action<RedisTriggersOptions>? configure = null,
        IConnectionMultiplexer? connection = null)
    {
        var scene = new MatchScene(TestHost.Create(redis, time: clock, configure: configure, connection: connection), clock);
        await scene._raised.SubscribeAsync("order.reminder");
        return scene;
    }

    public ValueTask<string> AddAsync<TRule>(TriggerWhen<TRule> when)
        where TRule : TriggerWhen<TRule> => Host.Triggers.AddAsync(when.Publish(new Reminder(1)));

    /// <summary>Publishes an event and lets it be matched.</summary>
    public async Task<string> PublishAsync(string type, string json)
    {
        var id = (await Host.Bus.PublishRawAsync(type, Encoding.UTF8.GetBytes(json))).Id;
        await MatchAsync();
        return id;
    }

    /// <summary>Publishes orders and lets them be matched.</summary>
    public async Task PlaceAsync(params int[] numbers)
    {
        await Host.Bus.PublishManyAsync([.. numbers.Select(static number => new OrderPlaced(number))]);
        await MatchAsync();
    }

    /// <summary>Publishes an order in a partition and lets it be matched.</summary>
    public async Task PlaceInAsync(int partition, int number)
    {
        var id = Enumerable.Range(0, 1000).Select(static n => $"order-{n}").First(id => Host.Keyspace.PartitionOf(id).Index == partition);
        await Host.Bus.PublishAsync(new OrderPlaced(number), new PublishOptions { Id = $"{id}/{Guid.NewGuid():N}" });
        var sources = new ManualConsumer(Host, TriggerMatcher.Group, partition);
        foreach (var lease in await sources.ClaimAllAsync())
        {
            await sources.SettleAsync(await RunAsync(lease));
        }
    }

    /// <summary>Matches what waits, each event so many times: as after crashes between matching and settling.</summary>
    public async Task MatchAsync(int times = 1, bool isReversed = false)
    {
        var leases = await _sources.ClaimAllAsync();
        foreach (var lease in isReversed ? leases.Reverse() : leases)
        {
            for (var i = 1; i < times; i++)
            {
                await RunAsync(lease);
            }

            await _sources.SettleAsync(await RunAsync(lease));
        }
    }

    /// <summary>Claims what is to be matched, and leaves it so.</summary>
    public Task<IReadOnlyList<Lease>> HoldAsync() => _sources.ClaimAllAsync();

    /// <summary>Matches an event so many times.</summary>
    public async Task RunAsync(Lease lease, int times)
    {
        for (var i = 1; i < times; i++)
        {
            await RunAsync(lease);
        }

        await MatchAsync(lease);
    }

    public async Task MatchAsync(Lease lease) => await _sources.SettleAsync(await RunAsync(lease));

    /// <summary>Lets time pass, and what is due then fire.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await _raised.AdvanceAsync();
    }

    /// <summary>Gets what a trigger over time keeps for all events, without a key of their own.</summary>
    public async Task<RedisKey[]> KeptAsync(string id)
    {
        var keys = Host.Keyspace.Partitions[0].Keys;
        return keys.OverTime($"{id}#{await Host.Keyspace.Database.HashGetAsync(keys.Trigger(id), "version")}#-");
    }

    public ValueTask<long> AdvanceAsync() => _raised.AdvanceAsync();

    /// <summary>Claims what is ready, and says which events that are.</summary>
    public async Task<IReadOnlyList<string>> ClaimedAsync() =>
        [.. (await _raised.ClaimAllAsync()).Select(static lease => lease.Delivery.Id)];

    /// <summary>Gets what was raised since it was asked last.</summary>
    public async Task<IReadOnlyList<(Firing Firing, string Payload)>> RaisedAsync()
    {
        var raised = await _raised.ClaimAllAsync();
        foreach (var lease in raised)
        {
            await _raised.SettleAsync(lease, Outcome.Done);
        }

        return
        [
            .. raised.Select(
                static lease => (
                    FiringJson.Read(lease.Delivery.Firing, lease.Delivery.Sources)!, Encoding.UTF8.GetString(lease.Delivery.Json))),
        ];
    }

    /// <summary>Gets, for each event raised since it was asked last, the payloads of the events that caused it.</summary>
    public async Task<IReadOnlyList<string>> CausesAsync() =>
        [
            .. (await RaisedAsync())
                .Select(
                    static raised => string.Join(
                        " + ", raised.Firing.Sources.Select(static source => Encoding.UTF8.GetString(source.Payload.Span)))),
        ];

    /// <summary>Gets the numbers of the orders that triggers were fired for, in the order of firing.</summary>
    public async Task<IReadOnlyList<int>> OrdersAsync() => [.. (await RaisedAsync())
        .Select(
            static raised => JsonSerializer.Deserialize<OrderPlaced>(
                raised.Firing.Sources.Single().Payload.Span, JsonSerializerOptions.Web)!.Number)];

    // What cannot be read of a hash is seen before anybody matches.
    private async ValueTask<Settlement> RunAsync(Lease lease) => lease.Delivery.Unreadable is { } trouble
        ? new Settlement(lease, Outcome.Dead) { Failure = new UnreadableHashException(trouble) }
        : await _matcher.RunAsync(lease);

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
