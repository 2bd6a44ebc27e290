using System.Collections.Concurrent;
using EventTriggers.Consuming;

namespace EventTriggers.Tests.Consuming;

/// <summary>The clock of Redis is set forward or back by an hour.</summary>
public sealed class ClockJumpTests(RedisFixture redis)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    // Nobody is robbed of a lease, and timers that are due by the new clock fire.
    [Fact]
    [Trait("Fault", "71")]
    [Trait("Fault", "73")]
    public async Task Forward_LeasesAreRenewedAndTimersFire()
    {
        var clock = new JumpingClock();
        var (started, finish) = (new ConcurrentBag<int>(), new TaskCompletionSource());

        // The grace before reaping is half a renewal interval longer than the interval: long enough for a busy machine to renew in.
        var lease = TimeSpan.FromSeconds(8);
        await using var host = HostOf(clock, started, finish.Task, lease: lease);
        await using var other = HostOf(clock, started, finish.Task, host.Prefix, lease);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 6).Select(n => new OrderPlaced(n))]);
        var trigger = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));
        await Wait.UntilAsync(() => started.Count == 6, "all are running");
        await Wait.UntilAsync(async () => await AskedAsync(host) == 2, "both know the time before the jump");

        clock.Offset = Hour;
        await Wait.UntilAsync(async () => (await host.Triggers.FindAsync(trigger))!.Status == TriggerStatus.Completed, "the timer fires");
        await Wait.UntilAsync(
            () => host.Log.Texts.Any(text => text.StartsWith("The clock of Redis jumped by 00:59", StringComparison.Ordinal)
            || text.StartsWith("The clock of Redis jumped by 01:00", StringComparison.Ordinal)), "the jump is told");
        await Task.Delay(lease / 2);
        finish.SetResult();
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Processed: 7 }, "all are processed");

        started.Should().HaveCount(6, "nothing ran twice");
    }

    // What a dead consumer held is free after a lease, not after an hour and a lease.
    [Fact]
    [Trait("Fault", "72")]
    [Trait("Fault", "73")]
    public async Task Back_NothingIsStuck()
    {
        var clock = new JumpingClock();
        var started = new ConcurrentBag<int>();
        await using var host = HostOf(clock, started, Task.CompletedTask);
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the loop runs");
        var id = await LeaseToADeadConsumerAsync(host);
        var before = (await host.Events.FindAsync(id))!.Deliveries[0];

        clock.Offset = -Hour;
        await host.Bus.PublishAsync(new OrderPlaced(3));

        before.Status.Should().Be(DeliveryStatus.Leased);
        await Wait.UntilAsync(
            async () => (await host.Events.FindAsync(id))!.Deliveries[0].Status == DeliveryStatus.Processed, "it is handled by another");
        host.Log.Texts.Should().Contain(text => text.StartsWith("The clock of Redis jumped by -", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(60_000, 60_000)]
    [InlineData(-60_000, -60_000)]
    public void ServerClock_TellsAJump(int jump, int told)
    {
        var time = Clock.At2030();
        var clock = new ServerClock(time);
        var start = time.GetTimestamp();
        clock.Observe(1_000_000, start, start);

        time.Advance(TimeSpan.FromSeconds(10));
        var now = time.GetTimestamp();

        clock.Observe(1_010_000 + jump, now, now).TotalMilliseconds.Should().BeApproximately(told, 1);
    }

    // A reply that took 8 s to come says little about when its time was taken: that is no jump.
    [Fact]
    public void ServerClock_OfASlowReply_TellsNone()
    {
        var time = Clock.At2030();
        var clock = new ServerClock(time);
        var sent = time.GetTimestamp();
        clock.Observe(1_000_000, sent, sent);
        time.Advance(TimeSpan.FromSeconds(8));
        var heard = time.GetTimestamp();

        clock.Observe(1_000_500, sent, heard).Should().Be(TimeSpan.Zero);
        clock.Observe(1_008_000, heard, heard).Should().Be(TimeSpan.Zero);
    }

    // How many consumers have asked for work in each partition, and wait for more.
    private async Task<long> AskedAsync(TestHost host) =>
        (await Task.WhenAll(
            host.Keyspace.Partitions.Select(partition => redis.Database.SortedSetLengthAsync(partition.Keys.Of("default").Waiting))))
            .Min();

    private async Task<string> LeaseToADeadConsumerAsync(TestHost host)
    {
        // Without a ring, so that the running loop does not take it.
        var id = "held";
        var root = $"{{{host.Prefix}:0}}";
        var now = (host.Services.GetRequiredService<TimeProvider>().GetUtcNow() + TimeSpan.FromSeconds(2)).ToUnixTimeMilliseconds();
        await redis.Database.HashSetAsync($"{root}:event:{id}",
            [
                new("type", "order.placed"), new("data", """{"Number":2}"""), new("at", "1"), new("status:default", "leased"),
                new("fence:default", 1), new("attempt:default", 1),
            ]);
        await redis.Database.SortedSetAddAsync($"{root}:leased:default", id, now);
        return id;
    }

    private TestHost HostOf(JumpingClock clock, ConcurrentBag<int> started, Task finish, string? prefix = null, TimeSpan? lease = null) =>
        TestHost.Create(
        redis,
        build => build.AddHandler<OrderPlaced>(async (context, token) =>
        {
            started.Add(context.Event.Number);
            await finish.WaitAsync(token);
        }).AddHandler<Reminder>((_, _) => default),
        options =>
        {
            options.LeaseDuration = lease ?? TimeSpan.FromSeconds(2);
            options.RenewalInterval = options.LeaseDuration / 4;
            options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(300);
        },
        time: clock,
        prefix: prefix).Start();
}
