using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

/// <summary>What an event cancels that comes, and what it leaves alone.</summary>
public sealed class CancelOnMatchTests(RedisFixture redis)
{
    // Those that share a value and would cancel something are kept for as long as the last of them.
    [Fact]
    public async Task WhatIsLookedUpAndCancels_IsKeptUntilTheLastIsOver()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(n => scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number > n)).AsTask()));
        foreach (var days in (int[])[1, 30, 2])
        {
            await scene.Host.Triggers.AddAsync(
                Trigger.After(TimeSpan.FromDays(days)).CancelOn<OrderPlaced>(o => o.Number == 7).Publish(new Reminder(1)));
        }

        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var by = keys.SubscriptionsByValue(
            FieldValueKey.FromPattern(EventPattern.Parse("""{"number":[7]}""")).Single().ToHash("order.placed"));
        (await redis.Database.SortedSetLengthAsync(by)).Should().Be(3);
        (await redis.Database.KeyTimeToLiveAsync(by)).Should().BeGreaterThan(TimeSpan.FromDays(30));
    }

    [Fact]
    public async Task CancelOn_CancelsATriggerThatWaits()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var ids = new List<string>();
        for (var n = 1; n <= 3; n++)
        {
            ids.Add(await scene.Host.Triggers.AddAsync(
                Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == n && o.Country == "DE").Publish(new Reminder(n))
                    .WithId($"remind-{n}")));
        }

        await scene.PlaceAsync(2, 7);
        await scene.PassAsync(TimeSpan.FromHours(1));

        (await Task.WhenAll(ids.Select(async id => (await scene.Host.Triggers.FindAsync(id))!.Status))).Should()
            .Equal(TriggerStatus.Completed, TriggerStatus.Canceled, TriggerStatus.Completed);
        (await scene.RaisedAsync()).Select(static one => one.Payload).Should().Equal("""{"number":1}""", """{"number":3}""");
    }

    [Fact]
    public async Task CancelOn_CancelsAnEventThatIsDelayed()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var options = (int n) => new PublishOptions { Delay = TimeSpan.FromHours(1),
            CancelOn = EventCondition.On<OrderPlaced>(o => o.Number == n) };
        var kept = (await scene.Host.Bus.PublishAsync(new Reminder(1), options(1))).Id;
        var cancelled = (await scene.Host.Bus.PublishAsync(new Reminder(2), options(2))).Id;

        await scene.PlaceAsync(2, 3);
        scene.Clock.Advance(TimeSpan.FromHours(1));

        (await scene.ClaimedAsync()).Should().Equal(kept);
        (await scene.Host.Events.FindAsync(cancelled))!.Deliveries.Single().Status.Should().Be(DeliveryStatus.Canceled);
    }

    // What would cancel the old one must not cancel the one in its place, whatever the matcher has in memory.
    [Fact]
    public async Task CancelOn_OfATriggerThatWasReplaced_CancelsNothing()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var hour = TimeSpan.FromHours(1);
        await scene.Host.Triggers.AddAsync(
            Trigger.After(hour).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)).WithId("remind"));
        await scene.PlaceAsync(9);
        await scene.Host.Triggers.AddAsync(
            Trigger.After(hour).CancelOn<OrderPlaced>(o => o.Number == 2).Publish(new Reminder(2)).WithId("remind")
                .IfExists(OnConflict.Replace));

        await scene.PlaceAsync(1);
        var before = (await scene.Host.Triggers.FindAsync("remind"))!.Status;
        await scene.PlaceAsync(2);

        before.Should().Be(TriggerStatus.Active);
        (await scene.Host.Triggers.FindAsync("remind"))!.Status.Should().Be(TriggerStatus.Canceled);
    }

    // Nothing tells the matcher that what it holds is over: no event since then could see more.
    [Fact]
    public async Task CancelOn_ThatIsHeldForATriggerThatWasReplaced_CancelsNothing()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 100));
        await scene.Host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)).WithId("remind"));
        await scene.PlaceAsync(9);
        await scene.Host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).Publish(new Reminder(2)).WithId("remind").IfExists(OnConflict.Replace));

        await scene.PlaceAsync(1);

        (await scene.Host.Triggers.FindAsync("remind"))!.Status.Should().Be(TriggerStatus.Active);
    }

    [Fact]
    public async Task CancelOn_OfATriggerThatWasMovedFarAway_StillCancels()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.Host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)));
        await scene.Host.Triggers.RescheduleAsync(id, scene.Clock.GetUtcNow().AddDays(10));
        scene.Clock.Advance(TimeSpan.FromDays(9));
        await scene.PlaceAsync(9);

        await scene.PlaceAsync(1);

        (await scene.Host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Canceled);
    }

    // Two days after it was due nothing is left to cancel.
    [Fact]
    public async Task WhatWouldCancel_IsForgottenWhenNothingIsLeft()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)));
        await scene.Host.Bus.PublishAsync(
            new Reminder(2), new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = EventCondition.On(
                "order.placed", """{"number":[2]}""") });
        await scene.PlaceAsync(9);
        var before = await redis.Database.SortedSetLengthAsync(scene.Host.Keyspace.Partitions[0].Keys.Subscriptions("order.placed"));

        scene.Clock.Advance(TimeSpan.FromHours(50));
        await scene.PlaceAsync(9);

        before.Should().Be(2);
        (await redis.Database.KeyExistsAsync(scene.Host.Keyspace.Partitions[0].Keys.Subscriptions("order.placed"))).Should().BeFalse();
    }
}
