using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Groups;

/// <summary>How long the oldest ready delivery of a group has been ready.</summary>
public sealed class GroupLagTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task NothingReady_IsNoLag()
    {
        var (clock, host, consumer) = await SceneAsync();
        await using var closing = host;
        (await host.Events.CountAsync()).Lag.Should().Be(TimeSpan.Zero);

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Bus.PublishAsync(new OrderPlaced(2), new() { Delay = 5 * Second });
        await consumer.ClaimOneAsync();
        clock.Advance(4 * Second);

        (await host.Events.CountAsync()).Lag.Should().Be(TimeSpan.Zero, "one is held, and one waits for its time");
    }

    [Fact]
    public async Task TheOldest_Counts()
    {
        var (clock, host, _) = await SceneAsync();
        await using var closing = host;
        await host.Bus.PublishAsync(new OrderPlaced(1));
        clock.Advance(3 * Second);
        await host.Bus.PublishAsync(new OrderPlaced(2));
        clock.Advance(7 * Second);

        (await host.Events.CountAsync()).Lag.Should().Be(10 * Second);
    }

    [Fact]
    public async Task ADelayedDelivery_Counts_FromWhenItIsDue()
    {
        var (clock, host, _) = await SceneAsync();
        await using var closing = host;
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Delay = 3 * Second });
        clock.Advance(10 * Second);
        await new ManualConsumer(host, concurrency: 0).ClaimAsync();

        var counts = await host.Events.CountAsync();

        (counts.Ready, counts.Lag).Should().Be((1, 7 * Second));
    }

    // One partition is empty, and one waits for 6 s.
    [Fact]
    public async Task OverPartitions_TheLongest_Counts()
    {
        var (clock, host, _) = await SceneAsync(partitions: 3);
        await using var closing = host;
        await PublishAsync(host, partition: 1);
        clock.Advance(4 * Second);
        await PublishAsync(host, partition: 2);
        clock.Advance(2 * Second);

        (await host.Events.CountAsync()).Lag.Should().Be(6 * Second);
    }

    // A parked delivery waits for a host that handles its type.
    [Fact]
    public async Task AParkedDelivery_Counts()
    {
        var (clock, host, consumer) = await SceneAsync();
        await using var closing = host;
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Skip);
        clock.Advance(5 * Second);
        await host.Bus.PublishAsync(new OrderPlaced(2));
        clock.Advance(2 * Second);

        var counts = await host.Events.CountAsync();

        (counts.Ready, counts.Lag).Should().Be((2, 7 * Second));
    }

    private static async Task PublishAsync(TestHost host, int partition)
    {
        var id = Enumerable.Range(0, 1000).Select(static n => $"{n}").First(id => host.Keyspace.PartitionOf(id).Index == partition);
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = id });
    }

    private async Task<(FakeTimeProvider Clock, TestHost Host, ManualConsumer Consumer)> SceneAsync(int partitions = 1)
    {
        var clock = Clock.At2030();
        var host = TestHost.Create(redis, configure: options => options.Partitions = partitions, time: clock);
        for (var partition = partitions - 1; partition > 0; partition--)
        {
            await new ManualConsumer(host, partition: partition).SubscribeAsync("order.placed");
        }

        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        return (clock, host, consumer);
    }
}
