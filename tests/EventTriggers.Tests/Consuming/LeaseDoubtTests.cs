using EventTriggers.Consuming;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Leases that nobody could renew, because nobody reached the server: the server leaves them to their holders for ten seconds, whoever
/// asks.
/// </summary>
public sealed class LeaseDoubtTests(RedisFixture redis)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    // A newcomer begins in the moment in which the server is back.
    [Fact]
    [Trait("Fault", "27")]
    [Trait("Fault", "36")]
    [Trait("Fault", "122")]
    public async Task AfterASilence_ANewcomerTakesNothingForTenSeconds()
    {
        await using var scene = await Scene.CreateAsync(redis);
        var newcomer = scene.Loop();
        scene.Clock.Advance(3 * Duration);

        var pause = await newcomer.RunOnceAsync();
        scene.Clock.Advance(Grace - Tick);
        await newcomer.RunOnceAsync();
        var before = await scene.CrashesAsync();
        scene.Clock.Advance(Tick);
        await newcomer.RunOnceAsync();

        pause.Should().BePositive("it does not ask again and again");
        before.Should().Be(0, "its holder may be on its way back");
        (await scene.CrashesAsync()).Should().Be(1, "ten seconds are over");
    }

    // Whoever is back first must not make the others' leases look like those of the dead.
    [Theory]
    [InlineData("renew")]
    [InlineData("claim")]
    public async Task AfterASilence_WhoIsBackFirst_LeavesTheOthersTheirLeases(string first)
    {
        await using var scene = await Scene.CreateAsync(redis);
        var other = new ManualConsumer(scene.Host, time: scene.Clock);
        await scene.Host.Bus.PublishAsync(new OrderPlaced(2));
        await other.ClaimOneAsync();
        await scene.Host.Bus.PublishAsync(new OrderPlaced(3));
        scene.Clock.Advance(3 * Duration);

        await (first == "renew" ? other.RenewAsync() : other.ClaimAsync());
        await scene.Loop().RunOnceAsync();
        await other.ReapAfterSilenceAsync();

        (await scene.CrashesAsync()).Should().Be(0);
        await scene.Holder.RenewAsync();
        scene.Lease.Interruption.Should().Be(Interruption.None, "it is back, too");
    }

    // Calls that timed out run when the server goes on, and this one comes first.
    [Fact]
    [Trait("Fault", "36")]
    public async Task AfterASilence_ALateCallThatWouldReap_TakesNothing()
    {
        await using var scene = await Scene.CreateAsync(redis);
        scene.Clock.Advance(3 * Duration);

        await scene.Holder.ReapAfterSilenceAsync();

        (await scene.CrashesAsync()).Should().Be(0);
    }

    // Guarantee 6: where the others go on, what a killed consumer held is found when its lease is over, and no later.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public async Task WhereOthersGoOn_AnExpiredLeaseIsTakenAtOnce(int seconds)
    {
        var lease = TimeSpan.FromSeconds(seconds);
        await using var scene = await Scene.CreateAsync(redis, lease);
        var since = scene.Clock.GetUtcNow();
        var loop = scene.Loop();

        while (await scene.CrashesAsync() == 0)
        {
            // No ring comes: it sleeps for as long as it says.
            var pause = await loop.RunOnceAsync();
            (scene.Clock.GetUtcNow() - since).Should().BeLessThanOrEqualTo(lease + TimeSpan.FromSeconds(1));
            scene.Clock.Advance(pause > Tick ? pause : Tick);
        }
    }

    // An empty prefix, and one that nobody has used for long: there is nothing to leave to anybody.
    [Fact]
    public async Task ASilenceInWhichNothingWasLeased_DelaysNothing()
    {
        await using var scene = await Scene.CreateAsync(redis);
        await scene.Holder.SettleAsync(scene.Lease, Outcome.Done);
        scene.Clock.Advance(TimeSpan.FromHours(1));
        var id = (await scene.Host.Bus.PublishAsync(new OrderPlaced(2))).Id;
        await scene.Holder.ClaimOneAsync();

        var loop = scene.Loop();
        for (var left = Duration; left >= TimeSpan.Zero; left -= TimeSpan.FromSeconds(4))
        {
            await loop.RunOnceAsync();
            scene.Clock.Advance(TimeSpan.FromSeconds(4));
        }

        await loop.RunOnceAsync();
        (await scene.Host.Events.FindAsync(id))!.Deliveries[0].Crashes.Should().Be(1);
    }

    // What else stands where the server keeps it decides nothing, and goes.
    [Fact]
    [Trait("Fault", "112")]
    public async Task WhatSomebodyElseWroteThere_HoldsNothingUp()
    {
        await using var scene = await Scene.CreateAsync(redis);
        await redis.Database.KeyDeleteAsync($"{{{scene.Host.Prefix}:0}}:contact");
        await redis.Database.HashSetAsync($"{{{scene.Host.Prefix}:0}}:contact", "a", "b");
        await redis.Database.StringSetAsync($"{{{scene.Host.Prefix}:0}}:doubt", "whenever");
        await scene.Host.Bus.PublishAsync(new OrderPlaced(2));

        await scene.Holder.ClaimOneAsync();
        scene.Clock.Advance(Duration / 2);
        await scene.Holder.ClaimAsync();
        scene.Clock.Advance(Duration / 2);
        await scene.Loop().RunOnceAsync();

        (await scene.CrashesAsync()).Should().Be(1);
    }

    // What was claimed and not begun is another claim's: nobody knows whether it is still held.
    [Fact]
    public async Task WhatHasNotBegunWhenItsLeaseMayBeOver_IsGivenBack()
    {
        await using var scene = await Scene.CreateAsync(redis);
        scene.Clock.Advance(Duration);

        await scene.Holder.PassAsync(scene.Lease);

        var delivery = (await scene.Host.Events.FindAsync(scene.Id))!.Deliveries[0];
        (delivery.Status, delivery.Attempt, delivery.Crashes).Should().Be((DeliveryStatus.Ready, 0, 0));
    }

    private sealed record Scene(TestHost Host, FakeTimeProvider Clock, ManualConsumer Holder, Lease Lease) : IAsyncDisposable
    {
        public string Id => Lease.Delivery.Id;

        /// <summary>One event, which a consumer holds that does not renew.</summary>
        public static async Task<Scene> CreateAsync(RedisFixture redis, TimeSpan? lease = null)
        {
            var clock = Tests.Clock.At2030();
            var host = TestHost.Create(
                redis, configure: options => (
                    options.LeaseDuration, options.RenewalInterval) = (lease ?? Duration, (lease ?? Duration) / 4), time: clock);
            var holder = new ManualConsumer(host, time: clock);
            await holder.SubscribeAsync("order.placed");
            await host.Bus.PublishAsync(new OrderPlaced(1));
            return new Scene(host, clock, holder, await holder.ClaimOneAsync());
        }

        /// <summary>Another consumer, without a free worker: it reaps, and claims nothing.</summary>
        public PartitionLoop Loop()
        {
            var (keyspace, partition, log) = (Host.Keyspace, Host.Keyspace.Partitions[0], NullLogger.Instance);
            var group = new DeliveryQueue("default", concurrency: 0);
            return new PartitionLoop(
                new PartitionDuties
                {
                    Partition = partition,
                    Subscribe = new SubscribeDuty(keyspace, partition, group.Group, [], log),
                    Claim = new Claimer(keyspace, partition, [group], Clock, log),
                    Reap = [new ReapDuty(keyspace, partition, group.Group, log)],
                    StoreReset = static () => { },
                    FireDue = new FireDueDuty(keyspace, partition, group.Group, log),
                    Sweep = new SweepDuty(keyspace, partition, [group.Group]),
                    Unhandled = new UnhandledDuty(keyspace, partition, new ReportedTypes(), Clock, log),
                    Consumer = "test",
                    Wakes = new WakeListener(keyspace, partition.Channel, Clock, log),
                },
                [group], keyspace, new Signal(Clock, null!), Clock, log);
        }

        public async Task<int> CrashesAsync() => (await Host.Events.FindAsync(Id))!.Deliveries[0].Crashes;

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
