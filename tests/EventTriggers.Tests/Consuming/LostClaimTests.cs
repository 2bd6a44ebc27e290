using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>A claim whose reply was lost: its consumer lives, and gives back what it never received.</summary>
public sealed class LostClaimTests(RedisFixture redis)
{
    private const string Holder = "holder";
    private const long Call = 7;

    [Fact]
    [Trait("Fault", "118")]
    public async Task RunOnce_GivesBackWhatACallHasLeased_AndNothingElse()
    {
        var scene = await Scene.CreateAsync(redis);
        await using var host = scene.Host;
        var again = (await host.Bus.PublishAsync(new OrderPlaced(0))).Id;
        await scene.Others.SettleAsync(await scene.Others.ClaimOneAsync(), Outcome.Release);
        var mine = new[] { again, (await host.Bus.PublishAsync(new OrderPlaced(1))).Id };
        await scene.ClaimUnheardAsync(Call);
        var notMine = (await host.Bus.PublishAsync(new OrderPlaced(2))).Id;
        await scene.ClaimUnheardAsync(Call + 1);
        await host.Bus.PublishAsync(new OrderPlaced(3));
        var held = await scene.Others.ClaimOneAsync();

        scene.Unreceived.Note(Call);
        await scene.Unreceived.RunOnceAsync(Holder);

        var claimed = await scene.Others.ClaimAllAsync();
        claimed.Select(static lease => (lease.Delivery.Id, lease.Delivery.Attempt, lease.Delivery.Crashes, lease.Delivery.Fence))
            .Should().BeEquivalentTo([(mine[0], 1, 0, 3L), (mine[1], 1, 0, 2L)]);
        (await host.Events.FindAsync(notMine))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Leased);
        await scene.Others.SettleAsync(held, Outcome.Done);
        (await host.Events.CountAsync()).Processed.Should().Be(1, "what others hold stays theirs");
    }

    // The call may arrive long after everybody has given it up.
    [Fact]
    public async Task RunOnce_LooksAgainUntilALeaseWouldBeOver()
    {
        var scene = await Scene.CreateAsync(redis);
        await using var host = scene.Host;
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        scene.Unreceived.Note(Call);
        await scene.Unreceived.RunOnceAsync(Holder);
        await scene.ClaimUnheardAsync(Call);
        var atOnce = scene.Unreceived.IsDue;

        scene.Clock.Advance(host.Keyspace.Options.RenewalInterval);
        var later = scene.Unreceived.IsDue;
        await scene.Unreceived.RunOnceAsync(Holder);
        scene.Clock.Advance(host.Keyspace.Options.LeaseDuration);
        await scene.Unreceived.RunOnceAsync(Holder);
        scene.Clock.Advance(host.Keyspace.Options.LeaseDuration);

        (atOnce, later, scene.Unreceived.IsDue).Should().Be((false, true, false));
        (await scene.Others.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    [Fact]
    public async Task RunOnce_OfMoreThanOnePage_FindsThemAll()
    {
        var scene = await Scene.CreateAsync(redis);
        await using var host = scene.Host;
        for (var call = 1; call <= 7; call++)
        {
            await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 100).Select(static n => new OrderPlaced(n))]);
            await scene.ClaimUnheardAsync(call % 2 == 0 ? 2 : 1);
        }

        scene.Unreceived.Note(1);
        await scene.Unreceived.RunOnceAsync(Holder);

        (await host.Events.CountAsync()).Should().BeEquivalentTo(new { Ready = 400L, Leased = 300L });
    }

    // What somebody else has written there hurts nobody.
    [Fact]
    public async Task RunOnce_BesideWhatCannotBeRead_GivesBackTheRest()
    {
        var scene = await Scene.CreateAsync(redis);
        await using var host = scene.Host;
        var ids = (await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2), new OrderPlaced(3)]))
            .Select(static one => one.Id).ToArray();
        await scene.ClaimUnheardAsync(Call);
        await HostileValues.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:event:{ids[0]}", string.Empty, HostileValues.OtherKey);
        await HostileValues.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:event:{ids[1]}", "attempt:default", "word");

        scene.Unreceived.Note(Call);
        await scene.Unreceived.RunOnceAsync(Holder);

        (await scene.Others.ClaimAllAsync()).Select(static lease => lease.Delivery.Id).Should().BeEquivalentTo([ids[1], ids[2]]);
    }

    private sealed record Scene(TestHost Host, ManualConsumer Others, LostClaims Unreceived, FakeTimeProvider Clock)
    {
        public static async Task<Scene> CreateAsync(RedisFixture redis)
        {
            var clock = Tests.Clock.At2030();
            var host = TestHost.Create(redis, time: clock);
            var others = new ManualConsumer(host, time: clock);
            await others.SubscribeAsync("order.placed");
            return new Scene(
                host, others, new LostClaims(
                    host.Keyspace, host.Keyspace.Partitions[0], ["default"], clock, NullLogger.Instance), clock);
        }

        /// <summary>Claims as a consumer of which the reply is lost.</summary>
        public async Task ClaimUnheardAsync(long call)
        {
            var request = new ClaimRequest(Host.Keyspace.Partitions[0], ["default"])
            {
                Now = Host.Keyspace.PinnedNow,
                Duration = Host.Keyspace.Options.LeaseDuration,
                MaxReplyBytes = 100_000,
                MaxPayloadBytes = 100_000,
                MaxHeaderBytes = 100_000,
                SilenceMs = Host.Keyspace.SilenceMs,
                Holder = Holder,
                Call = call,
            };
            request.Take(0, new ClaimSlots(200, HasQuarantine: false));
            await Host.Keyspace.Scripts.RunAsync(request);
        }
    }
}
