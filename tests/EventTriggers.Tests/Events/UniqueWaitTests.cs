using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Events;

/// <summary>What waits for a name while another event runs: nothing is forgotten, and nothing else is held up.</summary>
public sealed class UniqueWaitTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly Unique Name = Unique.By("deploy");
    private static readonly Unique Queued = Name.Otherwise(WhenTaken.QueueOne);

    [Fact]
    public async Task RedrivenDeadLetters_GoOnOneAfterAnother()
    {
        var (host, consumer, clock) = await SceneAsync();
        await using var _ = host;
        await RedrivenAsync(host, consumer, 6);

        var minutes = 0;
        var handled = 0;
        while (handled < 6 && minutes < 50)
        {
            var leases = await consumer.ClaimAsync();
            leases.Count.Should().BeLessThan(2);
            foreach (var lease in leases)
            {
                await consumer.SettleAsync(lease, Outcome.Done);
                handled++;
            }

            if (leases.Count == 0)
            {
                clock.Advance(Minute);
                minutes++;
            }
        }

        (handled, minutes).Should().Be((6, 0), "nothing but the others of the name stands in the way");
    }

    [Fact]
    public async Task Keep_WhileARedrivenOneWaits_IsKept()
    {
        var (host, consumer, _) = await SceneAsync();
        await using var _1 = host;
        var ids = await RedrivenAsync(host, consumer, 3);

        var running = await consumer.ClaimOneAsync();
        (await StatusAsync(host, ids[2])).Should().Be(DeliveryStatus.Delayed);
        (await host.Events.ExplainAsync(ids[2])).Single().Reason.Should().Be(DeliveryReason.NameTaken);
        await consumer.SettleAsync(running, Outcome.Done);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);
        (await StatusAsync(host, ids[2])).Should().Be(DeliveryStatus.Ready, "its turn came in the script that ended the other one");

        (await PublishAsync(host, Name)).Outcome.Should().Be(PublishOutcome.Kept, "an event with the name waits");
    }

    [Fact]
    public async Task FireNowTwice_BothGoOnWhenTheOtherHasEnded_AndOccurrencesAreSkippedMeanwhile()
    {
        var (host, consumer, clock) = await SceneAsync();
        await using var _ = host;
        await host.Triggers.AddAsync(Trigger.Every(Minute).SkipWhileRunning().Publish(new OrderPlaced(1)).WithId("sync"));
        clock.Advance(Minute);
        await consumer.AdvanceAsync();
        var first = await consumer.ClaimOneAsync();
        await host.Triggers.FireNowAsync("sync");
        await host.Triggers.FireNowAsync("sync");
        (await consumer.ClaimAsync()).Should().BeEmpty();
        clock.Advance(Minute / 2);
        await consumer.SettleAsync(first, Outcome.Done);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        var third = await consumer.ClaimAsync();
        clock.Advance(Minute / 2);
        await consumer.AdvanceAsync();
        var history = await host.Triggers.HistoryAsync("sync");
        (third.Count, history[0].WasSkipped).Should().Be((1, true), "the second one that was fired by hand has not ended");
    }

    [Fact]
    public async Task AClaimThatPutsOff_TellsWhenItIsDueAgain()
    {
        var (host, consumer, clock) = await SceneAsync();
        await using var _ = host;
        await PublishAsync(host, Queued);
        await consumer.ClaimOneAsync();
        await PublishAsync(host, Queued);
        (await consumer.ClaimAsync()).Should().BeEmpty();
        consumer.NextDelayed.Should().Be((clock.GetUtcNow() + Minute).ToUnixTimeMilliseconds());
        clock.Advance(Minute);
        await consumer.RenewAsync();
        (await consumer.ClaimAsync()).Should().BeEmpty();

        consumer.NextDelayed.Should().Be((clock.GetUtcNow() + Minute).ToUnixTimeMilliseconds(), "it is put off for a minute");
    }

    [Fact]
    public async Task ARetry_KeepsItsDelay_WhenItsEventGetsTheNameBack()
    {
        var (host, one, clock) = await SceneAsync();
        await using var _ = host;
        var other = new ManualConsumer(host, "mail", time: clock);
        await other.SubscribeAsync("order.placed");
        var first = await host.Bus.PublishAsync(
            new OrderPlaced(1), new PublishOptions { Unique = Name, ExpiresAfter = TimeSpan.FromSeconds(40) });
        await one.SettleAsync(await one.ClaimOneAsync(), Outcome.Dead);
        await other.SettleAsync(new Settlement(await other.ClaimOneAsync(), Outcome.Retry) { Delay = TimeSpan.FromHours(1) });
        clock.Advance(Minute);
        var second = await PublishAsync(host, Name);
        second.Outcome.Should().Be(PublishOutcome.Accepted);
        var lease = await one.ClaimOneAsync();
        await host.Events.RedriveAsync(first.Id);
        (await one.ClaimAsync()).Should().BeEmpty();
        await one.SettleAsync(lease, Outcome.Done);
        await other.SettleAsync(await other.ClaimOneAsync(), Outcome.Done);

        (await one.ClaimOneAsync()).Delivery.Id.Should().Be(first.Id);
        (await other.ClaimAsync()).Should().BeEmpty("its next attempt is due in an hour");
    }

    [Fact]
    public async Task FullMemory_RefusesFiring_AlsoBehindASkippedOccurrence()
    {
        redis.SkipUnlessRedis();
        var (host, consumer, clock) = await SceneAsync();
        await using var _ = host;
        await host.Triggers.AddAsync(Trigger.Every(Minute).SkipWhileRunning().Publish(new OrderPlaced(1)).WithId("a"));
        clock.Advance(Minute / 2);
        await host.Triggers.AddAsync(Trigger.Every(Minute).Publish(new OrderPlaced(2)).WithId("b"));
        clock.Advance(Minute / 2);
        await consumer.AdvanceAsync();
        await consumer.ClaimOneAsync();
        clock.Advance(Minute - TimeSpan.FromSeconds(1));
        await consumer.AdvanceAsync();
        var before = (await host.Triggers.FindAsync("b"))!.FiringCount;
        clock.Advance(TimeSpan.FromSeconds(32));
        await using var admin = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(
            redis.Server.ConnectionString + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        try
        {
            await consumer.AdvanceAsync();
        }
        catch (Exception e)
        {
            e.Message.Should().Contain("OOM");
        }
        finally
        {
            await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        }

        var history = await host.Triggers.HistoryAsync("a");
        ((await host.Triggers.FindAsync("b"))!.FiringCount, history.Count).Should().Be((before, 2 - 1), "a full server refuses firing");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnEventThatWaitsForItsName_DelaysNoTriggerOverTime(bool isNamed)
    {
        await using var scene = await Triggers.MatchScene.CreateAsync(redis, Clock.At2030());
        var jobs = new ManualConsumer(scene.Host, "jobs", time: scene.Clock);
        await jobs.SubscribeAsync("job");
        await scene.AddAsync(Trigger.On("job").Count(1000).Within(Minute));
        await scene.AddAsync(Trigger.On("saved").Debounce(TimeSpan.FromSeconds(10)));
        await scene.Host.Bus.PublishRawAsync("job", "1"u8.ToArray(), new PublishOptions { Unique = Queued });
        await scene.MatchAsync();
        await jobs.ClaimOneAsync();
        await scene.Host.Bus.PublishRawAsync(
            "job", "2"u8.ToArray(),
            isNamed ? new PublishOptions { Unique = Queued } : new PublishOptions { Delay = TimeSpan.FromHours(1) });
        await scene.MatchAsync();
        await scene.PublishAsync("saved", "1");

        await scene.PassAsync(TimeSpan.FromSeconds(11));
        (await scene.CausesAsync()).Should().Equal("1");
    }

    // Dead letters of one name, redriven one after another.
    private static async Task<List<string>> RedrivenAsync(TestHost host, ManualConsumer consumer, int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            ids.Add((await PublishAsync(host, Name)).Id);
            await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        }

        foreach (var id in ids)
        {
            await host.Events.RedriveAsync(id);
        }

        return ids;
    }

    private static async Task<DeliveryStatus> StatusAsync(TestHost host, string id) =>
        (await host.Events.FindAsync(id))!.Deliveries.Single().Status;

    private static ValueTask<PublishResult> PublishAsync(TestHost host, Unique unique) =>
        host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Unique = unique });

    private async Task<(TestHost Host, ManualConsumer Consumer, FakeTimeProvider Clock)> SceneAsync()
    {
        var clock = Clock.At2030();
        var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        return (host, consumer, clock);
    }
}
