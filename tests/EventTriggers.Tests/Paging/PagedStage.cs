using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Paging;

/// <summary>Events in every status, with a plain list of what was done to each.</summary>
internal sealed class PagedStage : IAsyncDisposable
{
    public static readonly string[] Types = ["order.placed", "order.reminder"];
    public static readonly string?[] Correlations = [null, "a", "b"];
    public static readonly string[] Errors = ["Timeout of the gateway", "the card was declined"];
    public static readonly string[] Prefixes = ["a", "ab", "b/", "c"];

    private readonly Dictionary<string, Lease> _leases = [];
    private readonly ManualConsumer[] _consumers;
    private readonly Random _random;
    private readonly RedisFixture _redis;

    private PagedStage(RedisFixture redis, int partitions, Random random)
    {
        (_redis, _random) = (redis, random);
        Host = TestHost.Create(redis, configure: options => options.Partitions = partitions, time: Clock);
        _consumers = [.. Enumerable.Range(0, partitions).Select(i => new ManualConsumer(Host, partition: i, concurrency: 10_000))];
    }

    public TestHost Host { get; }

    public FakeTimeProvider Clock { get; } = Tests.Clock.At2030();

    public List<PagedEvent> Events { get; } = [];

    public long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public static async Task<PagedStage> CreateAsync(RedisFixture redis, int partitions, Random random)
    {
        var stage = new PagedStage(redis, partitions, random);
        await Task.WhenAll(stage._consumers.Select(static consumer => consumer.SubscribeAsync(Types)));
        return stage;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>Does something at random.</summary>
    public async Task StepAsync()
    {
        // Often nothing: many entries have the same score.
        Clock.Advance(TimeSpan.FromMilliseconds(_random.Next(3)));
        switch (_random.Next(8))
        {
            case < 3:
                await PublishAsync();
                break;
            case 3:
                await ClaimAsync();
                break;
            case < 7:
                await SettleOneAsync();
                break;
            default:
                await CancelOneAsync();
                break;
        }
    }

    public async Task PublishAsync()
    {
        var id = $"{Prefixes[_random.Next(Prefixes.Length)]}{Guid.NewGuid():N}"[..16];
        var (type, correlation) = (_random.Next(2), Correlations[_random.Next(Correlations.Length)]);
        var delay = _random.Next(5) == 0 ? TimeSpan.FromHours(1 + _random.Next(3)) : TimeSpan.Zero;
        var key = id.StartsWith("b/", StringComparison.Ordinal) && _random.Next(2) == 0 ? "b" : null;
        var options = new PublishOptions { Id = id, Key = key, CorrelationId = correlation, Delay = delay };
        await (type == 0 ? Host.Bus.PublishAsync(new OrderPlaced(1), options) : Host.Bus.PublishAsync(new Reminder(1), options));
        var isDelayed = delay > TimeSpan.Zero;
        Events.Add(new PagedEvent(id, Types[type], correlation, key, Now)
        {
            Status = isDelayed ? DeliveryStatus.Delayed : DeliveryStatus.Ready,
            ReachedMs = isDelayed ? Now + (long)delay.TotalMilliseconds : Now,
            IsInList = !isDelayed,
        });
    }

    private async Task ClaimAsync()
    {
        foreach (var lease in await _consumers[_random.Next(_consumers.Length)].ClaimAsync())
        {
            _leases[lease.Delivery.Id] = lease;
        }

        // A claim drops the canceled ones that it comes across.
        foreach (var one in Events.Where(static one => one.IsInList))
        {
            var status = (await Host.Events.FindAsync(one.Id))!.Deliveries[0].Status;
            if (status == DeliveryStatus.Leased)
            {
                (one.Status, one.ReachedMs, one.IsInList) = (status, Now + (long)TimeSpan.FromMinutes(10).TotalMilliseconds, false);
            }
            else if (one.Status == DeliveryStatus.Canceled && PartitionOf(one) is var partition
                && !(await _redis.Database.ListRangeAsync(partition.Keys.Of("default").Ready)).Contains(one.Id))
            {
                (one.ReachedMs, one.IsInList) = (Now, false);
            }
        }
    }

    private async Task SettleOneAsync()
    {
        var held = Events.Where(static one => one.Status == DeliveryStatus.Leased).ToArray();
        if (held.Length == 0)
        {
            return;
        }

        var one = held[_random.Next(held.Length)];
        _leases.Remove(one.Id, out var lease);
        var error = Errors[_random.Next(Errors.Length)];
        var (outcome, status, delay) = _random.Next(4) switch
        {
            0 => (Outcome.Done, DeliveryStatus.Processed, TimeSpan.Zero),
            1 => (Outcome.Retry, DeliveryStatus.Delayed, TimeSpan.FromMinutes(5)),
            _ => (Outcome.Dead, DeliveryStatus.Dead, TimeSpan.Zero),
        };
        var failure = outcome == Outcome.Done ? null : new InvalidOperationException(error);
        await _consumers[PartitionOf(one).Index].SettleAsync(new Settlement(lease!, outcome) { Failure = failure, Delay = delay });
        (one.Status, one.ReachedMs) = (status, Now + (long)delay.TotalMilliseconds);
        one.Error = failure is null ? one.Error : error;
    }

    private async Task CancelOneAsync()
    {
        var waiting = Events.Where(static one => one.Status is DeliveryStatus.Ready or DeliveryStatus.Delayed).ToArray();
        if (waiting.Length > 0)
        {
            var one = waiting[_random.Next(waiting.Length)];
            (await Host.Events.CancelAsync(one.Id)).Should().Be(CancelOutcome.Canceled);
            one.ReachedMs = one.IsInList ? one.ReachedMs : Now;
            one.Status = DeliveryStatus.Canceled;
        }
    }

    private Partition PartitionOf(PagedEvent one) => Host.Keyspace.PartitionOf(one.Id);
}
