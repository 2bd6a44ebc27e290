using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics.Telemetry;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>What is measured in Redis for metrics, and how often.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class GroupMeterTests(RedisFixture redis)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task AGroup_IsMeasuredByStateAndAge_OverAllPartitions()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: static options => options.Partitions = 2, time: clock);
        await FillAsync(host);
        clock.Advance(TimeSpan.FromSeconds(7));
        using var meter = new GroupMeter(host.Keyspace, ["default", "other"], clock);

        var measured = await MeasuredAsync(meter);

        measured.Groups.Should().BeEquivalentTo(
        [
            new GroupMeasurement("default", 4, 2, 2, 1, TimeSpan.FromSeconds(7)), new GroupMeasurement("other", 0, 0, 0, 0, TimeSpan.Zero),
        ]);
        measured.AreUp.Should().Equal(true, true);
    }

    [Fact]
    public async Task Redis_IsAskedOnceInTenSeconds_AndNotWithoutCollections()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        using var meter = new GroupMeter(host.Keyspace, ["default"], clock);
        (await MeasuredAsync(meter)).Groups.Single().Ready.Should().Be(0);

        await host.Bus.PublishAsync(new OrderPlaced(1));
        clock.Advance(Interval - TimeSpan.FromMilliseconds(1));
        ReadyNow(meter).Should().Be(0, "it is not asked again yet");
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await Wait.UntilAsync(() => ReadyNow(meter) == 1, "it is asked again");

        var since = clock.GetUtcNow();
        await Wait.UntilAsync(
            () =>
            {
                clock.Advance(Interval);
                return !meter.IsMeasuring;
            },
            "it stops");
        (clock.GetUtcNow() - since).Should().BeGreaterThanOrEqualTo(TimeSpan.FromMinutes(2));
        await host.Bus.PublishAsync(new OrderPlaced(2));
        ReadyNow(meter).Should().Be(1, "nothing was collected for two minutes");
        await Wait.UntilAsync(() => ReadyNow(meter) == 2, "it is asked again, because something is collected");
    }

    [Fact]
    public async Task APartition_ThatDoesNotAnswer_IsDown_AndCountsForNothing()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        await host.Keyspace.EnsureReadyAsync();
        using var meter = new GroupMeter(host.Keyspace, ["default"], clock);
        (await MeasuredAsync(meter)).AreUp.Should().Equal(true);

        await using var other = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var cutOff = TestHost.Create(redis, time: clock, connection: other, prefix: host.Prefix);
        using var cutOffMeter = new GroupMeter(cutOff.Keyspace, ["default"], clock);
        await other.CloseAsync();
        var measured = await MeasuredAsync(cutOffMeter);

        (measured.AreUp.Single(), measured.Groups.Count).Should().Be((false, 0));
    }

    private static long ReadyNow(GroupMeter meter) => meter.Measure().Groups.Single().Ready;

    private static async Task<BusMeasurement> MeasuredAsync(GroupMeter meter)
    {
        await Wait.UntilAsync(() => meter.Measure().AreUp.Count > 0, "it is measured");
        return meter.Measure();
    }

    // Four ready, one of them quarantined, two leased, one dead, and two delayed, of which one is due but not taken yet.
    private async Task FillAsync(TestHost host)
    {
        var (first, second) = (new ManualConsumer(host, partition: 0), new ManualConsumer(host, partition: 1));
        await first.SubscribeAsync("order.placed");
        await second.SubscribeAsync("order.placed");
        await PublishAsync(host, "dead", 0);
        await first.SettleAsync(await first.ClaimOneAsync(), Outcome.Dead);
        await PublishAsync(host, "leased", 0);
        await PublishAsync(host, "leased", 1);
        await first.ClaimOneAsync();
        await second.ClaimOneAsync();
        await PublishAsync(host, "ready", 0);
        await PublishAsync(host, "ready", 1);
        await PublishAsync(host, "another", 1);
        await PublishAsync(host, "quarantined", 0);
        var key = host.Keyspace.Partitions[0].Keys.Of("default");
        await redis.Connection.GetDatabase().ListMoveAsync(
            key.Ready, key.Quarantine, StackExchange.Redis.ListSide.Left, StackExchange.Redis.ListSide.Left);
        await PublishAsync(host, "soon", 1, TimeSpan.FromSeconds(5));
        await PublishAsync(host, "later", 1, TimeSpan.FromHours(5));
    }

    private static async Task PublishAsync(TestHost host, string name, int partition, TimeSpan? delay = null)
    {
        var id = Enumerable.Range(0, 1000).Select(n => $"{name}-{n}").First(id => host.Keyspace.PartitionOf(id).Index == partition);
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = id, Delay = delay });
    }
}
