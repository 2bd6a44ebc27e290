using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>How long a handler may go on with a lease that nobody renews.</summary>
public sealed class LeaseLeftTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(false, 20_000)]
    [InlineData(true, 18_000)]
    public async Task Left_OfAHandlerThatMustNotOutliveItsLease_KeepsATenthForItsEnd(bool stopsInDoubt, int ms)
    {
        var clock = new FakeTimeProvider();
        await using var lease = new Lease(
            new Delivery { Group = "default", Id = "e", Fence = 1, Attempt = 1, Type = "t", Json = "{}"u8.ToArray() },
            new Partition(0, new RedisKeys("et", 0), channelPrefix: "", database: 0),
            new DeliveryQueue("default", concurrency: 1),
            clock.GetTimestamp()) { StopsInDoubt = stopsInDoubt };

        clock.Advance(TimeSpan.FromMilliseconds(ms - 1));
        var before = lease.Left(clock, Duration);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        before.Should().Be(TimeSpan.FromMilliseconds(1));
        lease.Left(clock, Duration).Should().Be(TimeSpan.Zero);
        lease.MayBeOver(clock, Duration).Should().Be(!stopsInDoubt, "nobody else can have it before");
    }
}
