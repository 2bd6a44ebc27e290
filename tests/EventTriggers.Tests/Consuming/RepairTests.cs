using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Consuming;

/// <summary>Keys that something else deleted.</summary>
[Trait("Fault", "52")]
public sealed class RepairTests(RedisFixture redis)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Indexes => ["ready", "delayed", "leased", "done", "dead", "ended"];

    [Theory]
    [MemberData(nameof(Indexes))]
    public async Task ALostIndex_IsMadeAgainOfTheHashes(string index)
    {
        SkipOnGarnet();
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.LeaseDuration = Lease, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await PopulateAsync(host, consumer);
        var before = await CountAsync(host);

        await redis.Database.KeyDeleteAsync(Key(host, $"{index}:default"));
        var repaired = await consumer.RepairAsync();

        repaired.Should().BePositive();
        (await CountAsync(host)).Should().Equal(before);
        (await consumer.RepairAsync()).Should().Be(0);
    }

    [Fact]
    public async Task WhatWasMended_IsHandedOutOnce()
    {
        SkipOnGarnet();
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.LeaseDuration = Lease, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        var ready = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        var delayed = (await host.Bus.PublishAsync(new OrderPlaced(2), new PublishOptions { Delay = TimeSpan.FromSeconds(5) })).Id;
        await redis.Database.KeyDeleteAsync([Key(host, "ready:default"), Key(host, "delayed:default")]);

        await consumer.RepairAsync();
        await consumer.RepairAsync();
        var first = await consumer.ClaimAsync();
        await redis.Database.KeyDeleteAsync(Key(host, "leased:default"));
        await consumer.RepairAsync();
        clock.Advance(Lease);
        await consumer.ReapAsync();
        var second = await consumer.ClaimAllAsync();

        first.Select(lease => lease.Delivery.Id).Should().Equal(ready);
        second.Select(lease => (lease.Delivery.Id, lease.Delivery.Crashes)).Should().BeEquivalentTo([(ready, 1), (delayed, 0)]);
    }

    [Fact]
    public async Task EventsThatNobodyWantedYet_AreFoundAgain()
    {
        SkipOnGarnet();
        await using var host = TestHost.Create(redis);
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await redis.Database.KeyDeleteAsync(Key(host, "unrouted:order.placed"));
        var consumer = new ManualConsumer(host);

        (await consumer.RepairAsync()).Should().Be(1);
        await consumer.SubscribeAsync("order.placed");

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    [Fact]
    public async Task ALostTriggerSet_IsMadeAgain()
    {
        SkipOnGarnet();
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.reminder");
        var at = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).Publish(new Reminder(1)));
        var paused = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).Publish(new Reminder(2)));
        var canceled = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).Publish(new Reminder(3)));
        await host.Triggers.PauseAsync(paused);
        await host.Triggers.CancelAsync(canceled);
        await redis.Database.KeyDeleteAsync([Key(host, "triggers"), Key(host, "triggers:ended")]);

        (await consumer.RepairAsync()).Should().Be(3);
        clock.Advance(TimeSpan.FromMinutes(2));
        await consumer.AdvanceAsync();

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().StartWith($"{at}/");
        (await host.Triggers.QueryAsync(new TriggerQuery()).CountAsync()).Should().Be(3);
    }

    [Fact]
    public async Task ATriggerWithoutItsHash_LeavesTheSet()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.On("never").Publish(new Reminder(1)));
        await redis.Database.KeyDeleteAsync(Key(host, $"trigger:{id}"));

        (await new ManualConsumer(host).RepairAsync()).Should().Be(1);

        (await redis.Database.KeyExistsAsync(Key(host, "triggers"))).Should().BeFalse();
    }

    // What one group has forgotten while another still remembers it is not an orphan.
    [Fact]
    public async Task AnEventThatOneOfItsGroupsHasForgotten_IsLeftAlone()
    {
        SkipOnGarnet();
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = 0, time: clock);
        var (first, second) = (new ManualConsumer(host, time: clock), new ManualConsumer(host, "other", time: clock));
        await first.SubscribeAsync("order.placed");
        await second.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await first.SettleAsync(await first.ClaimOneAsync(), Outcome.Done);

        (await first.RepairAsync()).Should().Be(0);
        await second.SettleAsync(await second.ClaimOneAsync(), Outcome.Done);

        (await redis.Database.KeyExistsAsync(Key(host, "done:default"))).Should().BeFalse();
    }

    // An operator has retired the group as docs/redis-keys.md says.
    [Fact]
    public async Task WhatARetiredGroupHad_IsLeftAlone()
    {
        SkipOnGarnet();
        await using var host = TestHost.Create(redis);
        var (retired, other) = (new ManualConsumer(host, "old"), new ManualConsumer(host));
        await retired.SubscribeAsync("order.placed");
        await other.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await redis.Database.SetRemoveAsync(Key(host, "routes:order.placed"), "old");
        await redis.Database.KeyDeleteAsync(Key(host, "ready:old"));

        (await other.RepairAsync()).Should().Be(0);

        (await redis.Database.KeyExistsAsync(Key(host, "ready:old"))).Should().BeFalse();
        (await other.ClaimAsync()).Should().ContainSingle();
    }

    // One key that is no event does not keep the others from being repaired.
    [Fact]
    public async Task AKeyOfAnotherType_IsPassedOver()
    {
        SkipOnGarnet();
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await redis.Database.StringSetAsync([new(Key(host, "event:x"), "mine"), new(Key(host, "trigger:x"), "mine")]);
        await redis.Database.HashSetAsync(Key(host, "event:y"), "status:default", "unheard-of");
        await redis.Database.KeyDeleteAsync(Key(host, "ready:default"));

        (await consumer.RepairAsync()).Should().Be(1);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    private static async Task PopulateAsync(TestHost host, ManualConsumer consumer)
    {
        await consumer.SubscribeAsync("order.placed");
        foreach (var outcome in (Outcome[])[Outcome.Done, Outcome.Dead, Outcome.Cancel])
        {
            await host.Bus.PublishAsync(new OrderPlaced(1));
            var lease = await consumer.ClaimOneAsync();
            if (outcome == Outcome.Cancel)
            {
                await host.Events.CancelAsync(lease.Delivery.Id);
            }

            await consumer.SettleAsync(lease, outcome);
        }

        await host.Bus.PublishAsync(new OrderPlaced(2));
        await consumer.ClaimOneAsync();
        await host.Bus.PublishAsync(new OrderPlaced(3), new PublishOptions { Delay = TimeSpan.FromSeconds(5) });
        await host.Bus.PublishManyAsync([new OrderPlaced(4), new OrderPlaced(5)]);
    }

    private static async Task<List<int>> CountAsync(TestHost host)
    {
        var counts = new List<int>();
        foreach (var status in Enum.GetValues<DeliveryStatus>())
        {
            counts.Add(await host.Events.QueryAsync(new EventQuery { Status = status }).CountAsync());
        }

        return counts;
    }

    private void SkipOnGarnet()
    {
        if (redis.IsGarnet)
        {
            Assert.Skip("Garnet cannot look through its keys in a script.");
        }
    }

    private static string Key(TestHost host, string name) => $"{{{host.Prefix}:0}}:{name}";
}
