using System.Collections.Concurrent;
using System.Text;
using EventTriggers.Consuming.Execution;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

public sealed class EventTriggerTests(RedisFixture redis)
{
    [Fact]
    public async Task ATrigger_FiresForEachEventOfItsType()
    {
        var raised = new ConcurrentQueue<EventContext<Reminder>>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((context, _) =>
        {
            raised.Enqueue(context);
            return default;
        })).Start();
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("remind").Publish(new Reminder(1)));

        var first = (await host.Bus.PublishAsync(new OrderPlaced(10))).Id;
        await Wait.UntilAsync(() => raised.Count == 1, "the first is matched");
        var second = (await host.Bus.PublishAsync(new OrderPlaced(11))).Id;
        await Wait.UntilAsync(() => raised.Count == 2, "the second is matched");

        raised.Select(context => context.Id).Should().Equal($"remind/={first}", $"remind/={second}");
        raised.Select(context => context.Firing!.Sequence).Should().Equal(1, 2);
        var source = raised.First().Firing!.Sources.Should().ContainSingle().Subject;
        (source.Id, source.Type, Encoding.UTF8.GetString(source.Payload.Span)).Should()
            .Be((first, "order.placed", """{"number":10,"country":"DE"}"""));
        raised.First().Firing!.TriggerId.Should().Be(id);
        raised.First().Firing!.DueAt.Should().Be(source.PublishedAt);
    }

    // Guarantee 1: a host starts, adds its triggers and publishes before its loop has subscribed.
    [Fact]
    public async Task ASubscribedEventThatNoGroupWantedYet_IsKeptForTheFirstGroup()
    {
        await using var host = TestHost.Create(redis);
        var (consumer, matcher) = (new ManualConsumer(host), new ManualConsumer(host, TriggerMatcher.Group));
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        var ids = new[] { await host.Bus.PublishAsync(new OrderPlaced(1)), await host.Bus.PublishAsync(new OrderPlaced(2)) }.Ids();
        await matcher.SettleAsync([.. (await matcher.ClaimAsync()).Select(lease => new Settlement(lease, Outcome.Done))]);

        await consumer.SubscribeAsync("order.placed");
        var claimed = await consumer.ClaimAsync();
        await consumer.SettleAsync([.. claimed.Select(lease => new Settlement(lease, Outcome.Done))]);

        claimed.Select(lease => lease.Delivery.Id).Should().Equal(ids);
        (await host.Events.FindAsync(ids[0]))!.Deliveries.Select(d => (d.Group, d.Status)).Should().Equal(
            ("$triggers", DeliveryStatus.Processed), ("default", DeliveryStatus.Processed));
    }

    // A type that only triggers want does not pile up.
    [Fact]
    [Trait("Fault", "103")]
    public async Task SubscribedEventsThatNoGroupEverWants_AreForgottenWithTheTriggersDeliveries()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = 3, time: clock);
        var matcher = new ManualConsumer(host, TriggerMatcher.Group);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));

        for (var n = 0; n < 30; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await host.Bus.PublishAsync(new OrderPlaced(n));
            await matcher.SettleAsync(await matcher.ClaimOneAsync(), Outcome.Done);
        }

        var keys = host.Keyspace.Partitions[0].Keys;
        (await redis.Database.ListLengthAsync(keys.Unrouted("order.placed"))).Should().BeLessThanOrEqualTo(5);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        (await consumer.ClaimAsync()).Should().HaveCount(3, "those that are remembered are handed out, the others are passed");
    }

    [Fact]
    public async Task Cancel_OfASubscribedEventThatNoGroupWantedYet_KeepsItFromTheFirstGroup()
    {
        await using var host = TestHost.Create(redis);
        var (consumer, matcher) = (new ManualConsumer(host), new ManualConsumer(host, TriggerMatcher.Group));
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await matcher.SettleAsync(await matcher.ClaimOneAsync(), Outcome.Done);

        (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        await consumer.SubscribeAsync("order.placed");

        (await consumer.ClaimAsync()).Should().BeEmpty();
    }

    // Guarantee 3: the source is delivered again, for example because its worker was killed before it could settle.
    [Fact]
    public async Task ATrigger_FiresOnceForAnEventHoweverOftenItIsDelivered()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("remind").Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var source = await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync();

        await MatchAsync(host, source);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);
        await MatchAsync(host, source);

        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await host.Triggers.FindAsync("remind"))!.FiringCount.Should().Be(1);
    }

    // Guarantee 4.
    [Fact]
    public async Task Cancel_BetweenTheEventAndItsMatching_KeepsItFromFiring()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var source = await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync();

        (await host.Triggers.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        await MatchAsync(host, source);

        (await consumer.ClaimAsync()).Should().BeEmpty();
    }

    // The event comes before the trigger, and another trigger of the type sends both to the matcher.
    [Fact]
    [Trait("Fault", "92")]
    public async Task ATrigger_DoesNotSeeEventsFromBeforeIt()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("early").Publish(new Reminder(1)));
        var order = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("late").Publish(new Reminder(2)));

        await MatchAsync(host, await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync());

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be($"early/={order}");
    }

    [Fact]
    public async Task ATrigger_WithTimes_EndsAfterThem()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().MaxFirings(2).Publish(new Reminder(1)));
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 5).Select(n => new OrderPlaced(n))]);

        foreach (var source in await new ManualConsumer(host, TriggerMatcher.Group).ClaimAsync())
        {
            await MatchAsync(host, source);
        }

        (await consumer.ClaimAsync()).Should().HaveCount(2);
        (await host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    public async Task ATrigger_WhosePastItsEnd_IsCompleted()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Until(clock.GetUtcNow().AddMinutes(1)).Publish(new Reminder(1)));
        clock.Advance(TimeSpan.FromMinutes(2));
        await host.Bus.PublishAsync(new OrderPlaced(1));

        await MatchAsync(host, await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync());

        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    [Trait("Fault", "94")]
    public async Task APausedTrigger_PassesEventsOver()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        var matcher = new ManualConsumer(host, TriggerMatcher.Group);
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        await host.Triggers.PauseAsync(id);
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await MatchAsync(host, await matcher.ClaimOneAsync());
        await host.Triggers.ResumeAsync(id);

        var second = (await host.Bus.PublishAsync(new OrderPlaced(2))).Id;
        await MatchAsync(host, await matcher.ClaimOneAsync());

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be($"{id}/={second}");
    }

    [Fact]
    public async Task ACancelledTrigger_IsTakenOutOfTheIndex()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));

        await host.Triggers.CancelAsync(id);

        var keys = host.Keyspace.Partitions[0].Keys;
        (await redis.Database.KeyExistsAsync(keys.Subscriptions("order.placed"))).Should().BeFalse();
        (await redis.Database.KeyExistsAsync(keys.Routes("order.placed"))).Should().BeFalse();
    }

    [Fact]
    public async Task AnEndedTrigger_IsTakenOutOfTheIndexByTheNextEvent()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Until(clock.GetUtcNow()).Publish(new Reminder(1)));
        clock.Advance(TimeSpan.FromMinutes(1));
        await host.Bus.PublishAsync(new OrderPlaced(1));

        await MatchAsync(host, await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync());

        var keys = host.Keyspace.Partitions[0].Keys;
        (await redis.Database.KeyExistsAsync(keys.Subscriptions("order.placed"))).Should().BeFalse();
        (await redis.Database.KeyExistsAsync(keys.Routes("order.placed"))).Should().BeFalse();
    }

    // A late clean-up of the cancelled trigger must not take the new one of the same id out.
    [Fact]
    public async Task ATriggerAddedAgain_SurvivesTheCleanUpOfItsPredecessor()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        var trigger = Trigger.On<OrderPlaced>().WithId("again").Publish(new Reminder(1));
        await host.Triggers.AddAsync(trigger);
        await host.Triggers.CancelAsync("again");
        await host.Triggers.AddAsync(trigger);
        var order = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await MatchAsync(host, await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync());

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be($"again/={order}");
        (await redis.Database.SortedSetLengthAsync(host.Keyspace.Partitions[0].Keys.Subscriptions("order.placed"))).Should().Be(1);
    }

    // Two triggers whose ids and sources read alike when joined both fire.
    [Fact]
    public async Task TriggersWithSlashesInTheirIds_DoNotCollide()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("a").Publish(new Reminder(1)));
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("a/b").Publish(new Reminder(2)));
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "b/x" });
        await host.Bus.PublishAsync(new OrderPlaced(2), new PublishOptions { Id = "x" });

        foreach (var source in await new ManualConsumer(host, TriggerMatcher.Group).ClaimAsync())
        {
            await MatchAsync(host, source);
        }

        (await consumer.ClaimAsync()).Should().HaveCount(4);
    }

    // A fault of Redis is not the event's: the host's policy, which would give it up, is not asked.
    [Fact]
    public async Task AMatcherThatCannotUseRedis_TriesAgain()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var source = await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync();
        var on = host.Keyspace.Partitions[0].Keys.Subscriptions("order.placed");
        await redis.Database.KeyDeleteAsync(on);
        await redis.Database.StringSetAsync(on, "not a sorted set");

        var settlement = await Matchers.Of(host).RunAsync(source);

        settlement.Outcome.Should().Be(Outcome.Retry);
        settlement.Delay.Should().BeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
    }

    [Fact]
    [Trait("Fault", "98")]
    public async Task APayloadAsDeepAsAllowed_CanBeASource()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Triggers.AddAsync(Trigger.On("deep").WithId("t").Publish(new Reminder(1)));
        var deep = Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64));
        var id = (await host.Bus.PublishRawAsync("deep", deep)).Id;
        await MatchAsync(host, await new ManualConsumer(host, TriggerMatcher.Group).ClaimOneAsync());

        var raised = (await host.Events.FindAsync($"t/={id}"))!;

        raised.Firing!.Sources[0].Payload.ToArray().Should().Equal(deep);
    }

    private static async Task MatchAsync(TestHost host, Lease source)
    {
        var settlement = await Matchers.Of(host).RunAsync(source);
        settlement.Outcome.Should().Be(Outcome.Done, settlement.Error);
    }
}
