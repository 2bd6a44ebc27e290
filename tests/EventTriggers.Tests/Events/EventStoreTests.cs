using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Events;

public sealed class EventStoreTests(RedisFixture redis)
{
    [Fact]
    public async Task Find_OfWhatNeverWas_IsNull()
    {
        await using var host = TestHost.Create(redis);

        (await host.Events.FindAsync("nothing")).Should().BeNull();
    }

    [Fact]
    public async Task Find_ShowsTheEventAsItWasPublished()
    {
        await using var host = TestHost.Create(redis);
        var id = (await host.Bus.PublishAsync(new OrderPlaced(3), new PublishOptions
        {
            CorrelationId = "c", Headers = new Dictionary<string, string> { ["a"] = "ü\"" }, Delay = TimeSpan.FromHours(1),
            ExpiresAfter = TimeSpan.FromHours(2),
        })).Id;

        var found = (await host.Events.FindAsync(id))!;

        (found.Id, found.Type, found.CorrelationId).Should().Be((id, "order.placed", "c"));
        found.Headers.Should().Equal(new Dictionary<string, string> { ["a"] = "ü\"" });
        found.DueAt.Should().Be(found.PublishedAt.AddHours(1));
        found.ExpiresAt.Should().Be(found.PublishedAt.AddHours(2));
        found.Deliveries.Should().BeEmpty("no group subscribes to it");
    }

    [Fact]
    public async Task Cancel_OfAReadyEvent_KeepsItFromBeingHandedOut()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        var outcome = await host.Events.CancelAsync(id);

        outcome.Should().Be(CancelOutcome.Canceled);
        (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.Canceled, "a repeat tells the same");
        (await StatusesAsync(host, DeliveryStatus.Canceled)).Should().Equal(id);
        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await StatusesAsync(host, DeliveryStatus.Canceled)).Should().Equal(id);
    }

    [Fact]
    public async Task Cancel_OfADelayedEvent_RemovesIt()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromHours(1) })).Id;

        (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);

        (await host.Events.CountAsync()).Delayed.Should().Be(0);
    }

    [Fact]
    public async Task Cancel_OfAnUnroutedEvent_KeepsItFromTheGroupThatComesLater()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        (await host.Events.FindAsync(id))!.IsCanceled.Should().BeTrue();
        await consumer.SubscribeAsync("order.placed");

        (await consumer.ClaimAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Cancel_OfAProcessedEvent_IsTooLate()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.TooLate);
    }

    [Fact]
    public async Task Cancel_OfWhatNeverWas_FindsNothing()
    {
        await using var host = TestHost.Create(redis);

        (await host.Events.CancelAsync("nothing")).Should().Be(CancelOutcome.NotFound);
    }

    [Fact]
    public async Task Query_ByStatus_ListsNewestFirstOverPages()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, concurrency: 200);
        await consumer.SubscribeAsync("order.placed");
        var ids = new List<string>();
        for (var n = 0; n < 120; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            ids.Add((await host.Bus.PublishAsync(new OrderPlaced(n))).Id);
        }

        (await StatusesAsync(host, DeliveryStatus.Ready)).Should().Equal(Enumerable.Reverse(ids));
        foreach (var lease in await consumer.ClaimAsync())
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await consumer.SettleAsync(lease, Outcome.Dead);
        }

        (await StatusesAsync(host, DeliveryStatus.Dead)).Should().Equal(Enumerable.Reverse(ids));
    }

    [Fact]
    public async Task Query_ByType_LeavesOthersOut()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed", "order.reminder");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var reminder = (await host.Bus.PublishAsync(new Reminder(1))).Id;

        var found = await host.Events.QueryAsync(new EventQuery { Type = "order.reminder" }).Select(e => e.Id).ToListAsync();

        found.Should().Equal(reminder);
    }

    [Fact]
    public async Task Count_TellsEachStatus()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, concurrency: 3);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 5).Select(n => new OrderPlaced(n))]);
        await host.Bus.PublishAsync(new OrderPlaced(6), new PublishOptions { Delay = TimeSpan.FromHours(1) });
        var leases = await consumer.ClaimAsync();
        await consumer.SettleAsync(new Settlement(leases[0], Outcome.Done), new Settlement(leases[1], Outcome.Dead));

        var counts = await host.Events.CountAsync();

        (counts.Ready, counts.Delayed, counts.Leased, counts.Dead, counts.Processed).Should().Be((2, 1, 1, 1, 1));
    }

    [Fact]
    [Trait("Fault", "95")]
    public async Task Redrive_OfADeadLetter_HandsItOutAgainOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);

        var first = await host.Events.RedriveAsync(id);
        var second = await host.Events.RedriveAsync(id);

        (first, second).Should().Be((RedriveOutcome.Redriven, RedriveOutcome.NotDead));
        (await host.Events.RedriveAsync("nothing")).Should().Be(RedriveOutcome.NotFound);
        (await consumer.ClaimOneAsync()).Delivery.Attempt.Should().Be(1, "its attempts are forgotten");
        (await consumer.ClaimAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Redrive_OfAnEventWhoseCancellationWasAskedFor_ForgetsThat()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        var lease = await consumer.ClaimOneAsync();
        await host.Events.CancelAsync(id);
        await consumer.SettleAsync(lease, Outcome.Dead);

        await host.Events.RedriveAsync(id);
        var again = await consumer.ClaimOneAsync();
        await consumer.RenewAsync();

        again.Interruption.Should().Be(Interruption.None);
    }

    [Fact]
    public async Task Redrive_OfADeadLetterThatHasExpired_HandsItOut()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { ExpiresAfter = TimeSpan.FromSeconds(1) })).Id;
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        clock.Advance(TimeSpan.FromSeconds(2));

        (await host.Events.RedriveAsync(id)).Should().Be(RedriveOutcome.Redriven);

        await consumer.ClaimOneAsync();
    }

    [Fact]
    public async Task Redrive_InAnotherGroup_LeavesIt()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);

        (await host.Events.RedriveAsync(id, "other")).Should().Be(RedriveOutcome.NotDead);

        (await host.Events.CountAsync()).Dead.Should().Be(1);
    }

    private static async Task<List<string>> StatusesAsync(TestHost host, DeliveryStatus status) =>
        await host.Events.QueryAsync(new EventQuery { Status = status }).Select(e => e.Id).ToListAsync();
}
