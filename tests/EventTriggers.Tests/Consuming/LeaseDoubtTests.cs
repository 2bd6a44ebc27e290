using EventTriggers.Consuming;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

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

    // A machine that is overloaded: nothing that it claimed was begun or renewed in time, and then it looks for expired leases itself.
    [Fact]
    [Trait("Fault", "137")]
    public async Task WhoReaps_KeepsWhatItHoldsItself()
    {
        await using var scene = await Scene.CreateAsync(redis);
        var dead = (await scene.Host.Bus.PublishAsync(new OrderPlaced(2))).Id;
        await new ManualConsumer(scene.Host, time: scene.Clock).ClaimOneAsync();
        var loop = scene.Loop(scene.Holder.Renewal);
        await scene.PassLeaseAsync();

        await loop.RunOnceAsync();

        (await scene.CrashesAsync(dead)).Should().Be(1, "its consumer is gone");
        (await scene.CrashesAsync()).Should().Be(0, "its consumer lives");
        (await scene.Host.Events.FindAsync(scene.Id))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Leased);
        scene.Lease.Interruption.Should().Be(Interruption.None);
        await scene.PassLeaseAsync();
        await scene.Loop().RunOnceAsync();
        (await scene.CrashesAsync()).Should().Be(1, "another consumer cannot know");
    }

    // What cannot be renewed is not taken either: it looks again a second later.
    [Fact]
    [Trait("Fault", "137")]
    public async Task WhoCannotRenew_TakesNothing()
    {
        await using var scene = await Scene.CreateAsync(redis);
        var nowhere = ConfigurationOptions.Parse("127.0.0.1:1,abortConnect=false,connectTimeout=100,connectRetry=0");
        nowhere.BacklogPolicy = BacklogPolicy.FailFast;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(nowhere);
        await using var cutOff = TestHost.Create(redis, time: scene.Clock, prefix: scene.Host.Prefix, connection: connection);
        var renewal = new RenewDuty(
            cutOff.Keyspace, scene.Lease.Partition, scene.Lease.Queue, scene.Clock, NullLogger.Instance);
        await scene.PassLeaseAsync();
        var now = scene.NowMs;

        var next = await scene.Reaper(renewal).ReapAsync(now, now);

        next.Should().Be(now + 1000);
        (await scene.CrashesAsync()).Should().Be(0);
    }

    // It stalls once more between the two calls: what it renewed is over again when it reaps.
    [Fact]
    [Trait("Fault", "137")]
    public async Task WhoReapsLate_TakesOnlyWhatHadExpiredWhenItLooked()
    {
        await using var scene = await Scene.CreateAsync(redis);
        scene.Clock.Advance(Duration / 4);
        var later = (await scene.Host.Bus.PublishAsync(new OrderPlaced(2))).Id;
        var others = new ManualConsumer(scene.Host, time: scene.Clock);
        await others.ClaimOneAsync();
        var looked = scene.NowMs + (long)(Duration * 3 / 4).TotalMilliseconds;
        await scene.PassLeaseAsync();

        await scene.Reaper().ReapAsync(looked, looked);

        (await scene.CrashesAsync()).Should().Be(1);
        (await scene.CrashesAsync(later)).Should().Be(0);
    }

    private sealed record Scene(TestHost Host, FakeTimeProvider Clock, ManualConsumer Holder, Lease Lease) : IAsyncDisposable
    {
        public string Id => Lease.Delivery.Id;

        public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

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
        public PartitionLoop Loop(params RenewDuty[] renew)
        {
            var group = new DeliveryQueue("default", concurrency: 0);
            return new PartitionLoop(
                Duties(group, renew), [group], Host.Keyspace, new Signal(Clock, null!), Clock, NullLogger.Instance);
        }

        /// <summary>What takes leases away in such a loop.</summary>
        public LeaseReaper Reaper(params RenewDuty[] renew) => new(
            Duties(new DeliveryQueue("default", concurrency: 0), renew), new Interruptions(Clock), Clock, NullLogger.Instance);

        /// <summary>Lets a lease pass in which another consumer goes on.</summary>
        public async Task PassLeaseAsync()
        {
            for (var i = 0; i < 4; i++)
            {
                Clock.Advance(Duration / 4);
                await new ManualConsumer(Host, time: Clock, concurrency: 0).ClaimAsync();
            }
        }

        public async Task<int> CrashesAsync(string? id = null) => (await Host.Events.FindAsync(id ?? Id))!.Deliveries[0].Crashes;

        private PartitionDuties Duties(DeliveryQueue group, RenewDuty[] renew)
        {
            var (keyspace, partition, log) = (Host.Keyspace, Host.Keyspace.Partitions[0], NullLogger.Instance);
            return new PartitionDuties
            {
                Partition = partition,
                Subscribe = new SubscribeDuty(keyspace, partition, [], log),
                Claim = new Claimer(keyspace, partition, [group], Clock, log),
                Renew = renew,
                Reap =
                [
                    new ReapDuty(
                        keyspace, partition, new HostedGroup(GroupSettings.Of(group.Group, keyspace.Options), [], handler: null!), log),
                ],
                StoreReset = static () => { },
                FireDue = new FireDueDuty(keyspace, partition, [group.Group], log),
                Sweep = new SweepDuty(keyspace, partition, [group.Group], log),
                Unhandled = [],
                Consumer = "test",
                Wakes = new WakeListener(keyspace, partition.Channel, Clock, log),
                Health = new PartitionHealth(Clock),
            };
        }

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
