using EventTriggers.Consuming;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.DependencyInjection;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>How long a handler may go on with a lease that nobody renews.</summary>
public sealed class LeaseLeftTests(RedisFixture redis)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(false, 20_000)]
    [InlineData(true, 18_000)]
    public async Task Left_OfAHandlerThatMustNotOutliveItsLease_KeepsATenthForItsEnd(bool stopsInDoubt, int ms)
    {
        var clock = new FakeTimeProvider();
        await using var lease = NewLease(new DeliveryQueue("default", concurrency: 1), clock);
        lease.StopsInDoubt = stopsInDoubt;

        clock.Advance(TimeSpan.FromMilliseconds(ms - 1));
        var before = lease.Left(clock, Duration);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        before.Should().Be(TimeSpan.FromMilliseconds(1));
        lease.Left(clock, Duration).Should().Be(TimeSpan.Zero);
        lease.MayBeOver(clock, Duration).Should().Be(!stopsInDoubt, "nobody else can have it before");
    }

    // No other consumer can hold the delivery before the end of the lease, so the others go on.
    [Theory]
    [InlineData(false, "None")]
    [InlineData(true, "LeaseInDoubt")]
    public async Task Doubt_StopsTheHandlerThatMustNotOutliveItsLease(bool stopsInDoubt, string interruption)
    {
        await using var lease = NewLease(new DeliveryQueue("default", concurrency: 1), new FakeTimeProvider());
        lease.StopsInDoubt = stopsInDoubt;

        lease.Doubt();

        lease.IsInDoubt.Should().BeTrue();
        lease.Interruption.Should().Be(Enum.Parse<Interruption>(interruption));
    }

    // A handler that begins after another one of its delivery may find little left of the lease.
    [Theory]
    [InlineData(LeaseDoubt.Cancel, null, 17_999, true)]
    [InlineData(LeaseDoubt.Cancel, null, 18_000, false)]
    [InlineData(LeaseDoubt.Cancel, LeaseDoubt.Continue, 18_000, true)]
    [InlineData(LeaseDoubt.Continue, null, 18_000, true)]
    [InlineData(LeaseDoubt.Continue, LeaseDoubt.Cancel, 18_000, false)]
    public async Task AHandler_BeginsWhereItsLeaseLeavesItTime(LeaseDoubt ofHost, LeaseDoubt? ofHandler, int ms, bool begins)
    {
        var (clock, hasBegun) = (Clock.At2030(), false);
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(
                (_, _) =>
                {
                    hasBegun = true;
                    return default;
                },
                handler => handler.WhenLeaseIsInDoubt = ofHandler),
            options => (options.LeaseDuration, options.RenewalInterval, options.WhenLeaseIsInDoubt) = (Duration, Duration / 4, ofHost),
            clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = await consumer.ClaimOneAsync();
        clock.Advance(TimeSpan.FromMilliseconds(ms));

        var group = new HostedGroups(new BusProvider(host.Services, null)).Handling[0];
        var settlement = await group.Handler.RunAsync(lease, group.Settings);

        hasBegun.Should().Be(begins);
        settlement.Outcome.Should().Be(begins ? Outcome.Done : Outcome.Release, "a delivery that was not handled spends no attempt");
    }

    // Whatever the loop waits for in the last millisecond, it looks when that is over.
    [Theory]
    [InlineData(false, 20_000)]
    [InlineData(true, 18_000)]
    public async Task TheRenewLoop_WhereNothingAnswers_DoubtsALeaseAtTheEndOfItsHandlersTime(bool stopsInDoubt, int ms)
    {
        var clock = Clock.At2030();
        var nowhere = ConfigurationOptions.Parse("127.0.0.1:1,abortConnect=false,connectTimeout=100,connectRetry=0");
        nowhere.BacklogPolicy = BacklogPolicy.FailFast;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(nowhere);
        await using var host = TestHost.Create(
            redis,
            configure: options => (options.LeaseDuration, options.RenewalInterval) = (Duration, Duration / 4),
            time: clock,
            connection: connection);
        var (queue, partition) = (new DeliveryQueue("default", concurrency: 1), host.Keyspace.Partitions[0]);
        await using var lease = NewLease(queue, clock, partition);
        lease.StopsInDoubt = stopsInDoubt;
        queue.Accept(lease);
        using var stop = new CancellationTokenSource();
        var duty = new RenewDuty(host.Keyspace, partition, queue, clock, NullLogger.Instance);
        var loop = new RenewLoop(host.Keyspace, partition, [duty], clock, NullLogger.Instance).RunAsync(stop.Token);

        clock.Advance(TimeSpan.FromMilliseconds(ms - 1));
        lease.IsInDoubt.Should().BeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await Wait.UntilAsync(() => lease.IsInDoubt, "its handler has no more time");

        lease.Interruption.Should().Be(stopsInDoubt ? Interruption.LeaseInDoubt : Interruption.None);
        await stop.CancelAsync();
        await loop;
    }

    private static Lease NewLease(DeliveryQueue queue, TimeProvider clock, Partition? partition = null) => new(
        new Delivery { Group = "default", Id = "e", Fence = 1, Attempt = 1, Type = "t", Json = "{}"u8.ToArray() },
        partition ?? new Partition(0, new RedisKeys("et", 0), channelPrefix: "", database: 0),
        queue,
        clock.GetTimestamp());
}
