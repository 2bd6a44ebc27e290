using System.Collections.Concurrent;
using System.Text;

namespace EventTriggers.Tests.Triggers;

/// <summary>Event triggers with conditions, stored and matched on a server.</summary>
public sealed class ConditionTests(RedisFixture redis)
{
    [Fact]
    public async Task Where_FiresForEventsOfWhichItHolds()
    {
        var raised = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((context, _) =>
        {
            raised.Enqueue(Encoding.UTF8.GetString(context.Firing!.Sources[0].Json.Span));
            return default;
        })).Start();
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number > 5 && o.Country == "AT").Publish(new Reminder(1)));

        foreach (var (number, country) in ((int, string)[])[(4, "AT"), (6, "DE"), (7, "AT"), (8, "DE"), (9, "AT")])
        {
            await host.Bus.PublishAsync(new OrderPlaced(number, country));
        }

        await Wait.UntilAsync(async () => await host.Events.CountAsync(TriggerMatcher.Group) is { Ready: 0, Leased: 0 } && raised.Count == 2, "all are matched");
        raised.Should().BeEquivalentTo("""{"number":7,"country":"AT"}""", """{"number":9,"country":"AT"}""");
        (await host.Triggers.FindAsync(id))!.Pattern.Should().Be("""{"number":[{"numeric":[">",5]}],"country":["AT"]}""");
    }

    [Fact]
    public async Task Matching_OfABadPattern_IsRefusedAndStoresNothing()
    {
        await using var host = TestHost.Create(redis);

        var add = async () => await host.Triggers.AddAsync(Trigger.On("x").Matching("""{"a":["x",{"like":"y"}]}""").WithId("t").Publish(new Reminder(1)));
        var untranslated = async () => await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number + 1 == 2).WithId("t").Publish(new Reminder(1)));

        await add.Should().ThrowAsync<ArgumentException>().WithMessage("*$.a?1?.like: there is no operator 'like'*");
        await untranslated.Should().ThrowAsync<NotSupportedException>().WithMessage("*(o.Number + 1) == 2*");
        (await host.Triggers.FindAsync(new TriggerId("t"))).Should().BeNull();
    }

    [Fact]
    public async Task Update_OfACondition_CountsForTheNextEvent()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1).WithId("t"));
        await scene.PlaceAsync(1, 2);

        await scene.Host.Triggers.UpdateAsync(id, Trigger.On<OrderPlaced>().Where(o => o.Number == 2).Publish(new Reminder(1)));
        await scene.PlaceAsync(1, 2);

        (await scene.OrdersAsync()).Should().Equal(1, 2);
        (await scene.Host.Triggers.FindAsync(id))!.Fired.Should().Be(2);
    }

    // Guarantee: a trigger added before an event is published sees that event, whatever the matcher has in memory.
    [Fact]
    public async Task ATriggerAddedWhileOthersMatch_SeesTheNextEvent()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        for (var n = 1; n <= 30; n++)
        {
            await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == n));
            await scene.PlaceAsync(n);
        }

        (await scene.OrdersAsync()).Should().Equal(Enumerable.Range(1, 30));
    }

    // Fault 92.
    [Fact]
    public async Task ATrigger_DoesNotSeeAnEventThatWasPublishedRightBeforeIt_ThoughItIsMatchedLater()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 0));
        await scene.Host.Bus.PublishAsync(new OrderPlaced(1));

        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1));
        await scene.MatchAsync();

        (await scene.OrdersAsync()).Should().BeEmpty();
    }

    // What replaced definitions watched must not pile up.
    [Fact]
    public async Task WatchesOfWhatIsOver_AreTakenOut()
    {
        await using var scene = await MatchScene.CreateAsync(redis, configure: static options => options.Partitions = 3);
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1).Then<Reminder>(TimeSpan.FromMinutes(1)).WithId("t"));
        for (var n = 2; n <= 4; n++)
        {
            await scene.Host.Triggers.UpdateAsync(id, Trigger.On<OrderPlaced>().Where(o => o.Number == n).Publish(new Reminder(1)));
        }

        await scene.Host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 9).Times(1).Publish(new Reminder(1)));
        foreach (var partition in Enumerable.Range(0, 3))
        {
            await scene.PlaceInAsync(partition, 9);
        }

        foreach (var keys in scene.Host.Keyspace.Partitions.Select(static partition => partition.Keys))
        {
            (await redis.Database.SortedSetRangeByRankAsync(keys.On("order.placed"))).Should().ContainSingle().Which.ToString().Should().StartWith("t#");
            (await redis.Database.KeyExistsAsync(keys.On("order.reminder"))).Should().BeFalse();
        }

        var all = scene.Host.Keyspace.Partitions.Select(static partition => partition.Keys).ToArray();
        (await Task.WhenAll(all.Select(keys => redis.Database.SortedSetLengthAsync(keys.Triggers)))).Sum().Should().Be(1, "what has ended is no longer among those to come");
        (await Task.WhenAll(all.Select(keys => redis.Database.SortedSetLengthAsync(keys.EndedTriggers)))).Sum().Should().Be(1);
    }

    // Fault 42: the server has forgotten the last watches, and numbers new ones.
    [Fact]
    public async Task WhenTheServerHasForgottenTheLastWatches_NewOnesAreSeen()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1).WithId("a"));
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var before = await redis.Database.HashGetAsync(keys.Watched("order.placed"), "number");
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 2).WithId("b"));
        await scene.PlaceAsync(1, 2);
        await redis.Database.HashSetAsync(keys.Watched("order.placed"), "number", before);
        await redis.Database.SortedSetRemoveRangeByScoreAsync(keys.On("order.placed"), (double)before + 1, double.PositiveInfinity);

        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 3).WithId("c"));
        await scene.PlaceAsync(1, 3);

        (await scene.OrdersAsync()).Order().Should().Equal(1, 1, 2, 3);
    }

    // Whoever adds it again does not know whether it was added: it sees what it would have seen.
    [Fact]
    public async Task ATriggerThatIsAddedAgain_StillSeesWhatWasPublishedBefore()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var when = Trigger.On<OrderPlaced>().WithId("t").IfExists(OnConflict.Keep);
        await scene.AddAsync(when);
        await scene.Host.Bus.PublishAsync(new OrderPlaced(1));
        await scene.AddAsync(when);

        await scene.MatchAsync();

        (await scene.OrdersAsync()).Should().Equal(1);
    }

    // It watches on: nobody but its owner ends it.
    [Fact]
    public async Task ATriggerThatNobodyCouldRead_FiresWhenItIsRepaired()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number < 10).WithId("t"));
        var hash = scene.Host.Keyspace.Partitions[0].Keys.Trigger("t");
        var pattern = await redis.Database.HashGetAsync(hash, "pattern");
        await redis.Database.HashSetAsync(hash, "pattern", "{");
        await scene.PlaceAsync(1);
        await redis.Database.HashSetAsync(hash, "pattern", pattern);

        await using var next = await MatchScene.CreateAsync(redis, configure: options => options.KeyPrefix = scene.Host.Prefix);
        await next.PlaceAsync(2);

        (await next.OrdersAsync()).Should().Equal(2);
    }

    // Raised ids are remembered for longer than what was raised.
    [Fact]
    public async Task AnEventThatIsMatchedAgain_AfterWhatItRaisedIsForgotten_FiresNothing()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>());
        await scene.Host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = (await scene.HoldAsync()).Single();
        await scene.MatchAsync(lease);
        await redis.Database.KeyDeleteAsync(scene.Host.Keyspace.Partitions[0].Keys.Event(DerivedIds.Raised(id, lease.Delivery.Id).Value));

        await scene.MatchAsync(lease);

        (await scene.Host.Triggers.FindAsync(id))!.Fired.Should().Be(1);
    }

    // By when they were published; whatever the kind of the trigger.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BeforeItsStart_ATriggerPassesEventsOver(bool isOverTime)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var when = Trigger.On<OrderPlaced>().StartingAt(scene.Clock.GetUtcNow().AddMinutes(1));
        await scene.AddAsync(isOverTime ? when.Throttle(10, TimeSpan.FromHours(1)) : when);
        await scene.PlaceAsync(1);
        scene.Clock.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(1));
        await scene.PlaceAsync(2);
        scene.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await scene.PlaceAsync(3);

        (await scene.OrdersAsync()).Should().Equal(3);
    }

    // Faults 42 and 72: a server that came back empty, and whose clock is behind, numbers anew below what is known.
    [Fact]
    public async Task WhenNumbersBeginAnewBelowWhatIsKnown_NewWatchesAreSeen()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1));
        await redis.Database.HashIncrementAsync(keys.Watched("order.placed"), "number", 1_000_000_000);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 2));
        await scene.PlaceAsync(1, 2);
        await redis.Database.KeyDeleteAsync([keys.On("order.placed"), keys.Off("order.placed"), keys.Watched("order.placed")]);

        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 3));
        await scene.PlaceAsync(3);

        (await scene.OrdersAsync()).Order().Should().Equal(1, 2, 3);
    }

    // Far more triggers than are held in memory, each with a key of its own.
    [Fact]
    public async Task TriggersThatAskForOneValue_AreLookedUp_WhenThereAreMany()
    {
        const int Many = 1500;
        await using var scene = await MatchScene.CreateAsync(redis);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(n => scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == n && o.Country != "FR").Times(1)).AsTask()));
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        (await redis.Database.SortedSetLengthAsync(keys.On("order.placed"))).Should().Be(1001, "a thousand are held, and one field is looked up");

        await scene.PlaceAsync([.. Enumerable.Range(Many - 20, 40)]);
        await scene.PlaceAsync([.. Enumerable.Range(0, 20)]);
        await scene.PlaceAsync([.. Enumerable.Range(Many - 20, 20)]);

        (await scene.OrdersAsync()).Order().Should().Equal(Enumerable.Range(0, 20).Concat(Enumerable.Range(Many - 20, 20)), "each fires once, and has ended");
    }

    // Those that share a value and would cancel something are kept for as long as the last of them.
    [Fact]
    public async Task WhatIsLookedUpAndCancels_IsKeptUntilTheLastIsOver()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number > n)).AsTask()));
        foreach (var days in (int[])[1, 30, 2])
        {
            await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromDays(days)).CancelOn<OrderPlaced>(o => o.Number == 7).Publish(new Reminder(1)));
        }

        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var by = keys.By(Lookup.Of(EventPattern.Parse("""{"number":[7]}""")).Single().KeyFor("order.placed"));
        (await redis.Database.SortedSetLengthAsync(by)).Should().Be(3);
        (await redis.Database.KeyTimeToLiveAsync(by)).Should().BeGreaterThan(TimeSpan.FromDays(30));
    }

    [Fact]
    public async Task TriggersThatAreLookedUp_LeaveNothingBehind_WhenTheyEnd()
    {
        const int Many = 1010;
        await using var scene = await MatchScene.CreateAsync(redis);
        var ids = await Task.WhenAll(Enumerable.Range(0, Many).Select(n => scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == n)).AsTask()));

        await Task.WhenAll(ids.Select(id => scene.Host.Triggers.CancelAsync(id).AsTask()));

        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        (await redis.Database.KeyExistsAsync(keys.On("order.placed"))).Should().BeFalse();
        (await redis.Database.KeyExistsAsync(keys.Routes("order.placed"))).Should().BeFalse();
        (await redis.Database.HashKeysAsync(keys.Watched("order.placed"))).Select(static field => field.ToString()).Should().BeEquivalentTo("number", "epoch");
        foreach (var n in new[] { 1, 500, Many - 1 })
        {
            var lookup = Lookup.Of(Trigger.On<OrderPlaced>().Where(o => o.Number == n).ToPattern()).Single();
            (await redis.Database.KeyExistsAsync(keys.By(lookup.KeyFor("order.placed")))).Should().BeFalse();
        }
    }

    // Faults 41 and 58: numbers begin anew, and what is held in memory is of another time.
    [Fact]
    public async Task WhenTheStoreHasLostItsData_NewTriggersAreSeen()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        for (var n = 1; n <= 5; n++)
        {
            await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == n));
        }

        await scene.PlaceAsync(1);
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        await redis.Database.KeyDeleteAsync([keys.On("order.placed"), keys.Watched("order.placed"), keys.Routes("order.placed")]);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 9));

        await scene.PlaceAsync(9);

        (await scene.OrdersAsync()).Should().Equal(1, 9);
    }

    [Fact]
    public async Task ATriggerWithAConditionThatCannotBeRead_HoldsUpNoOther()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var broken = await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1));
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1));
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Trigger(broken.Value), "pattern", "no pattern");

        await scene.PlaceAsync(1);
        var raised = await scene.OrdersAsync();
        await scene.Host.Triggers.UpdateAsync(broken, Trigger.On<OrderPlaced>().Where(o => o.Number == 2).Publish(new Reminder(1)));
        await scene.PlaceAsync(2);

        raised.Should().Equal(1);
        (await scene.OrdersAsync()).Should().Equal(2);
        (await scene.Host.Triggers.CancelAsync(broken)).Should().Be(CancelOutcome.Canceled);
    }

    [Fact]
    public async Task CancelOn_CancelsATriggerThatWaits()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var ids = new List<TriggerId>();
        for (var n = 1; n <= 3; n++)
        {
            ids.Add(await scene.Host.Triggers.AddAsync(
                Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == n && o.Country == "DE").Publish(new Reminder(n)).WithId($"remind-{n}")));
        }

        await scene.PlaceAsync(2, 7);
        await scene.PassAsync(TimeSpan.FromHours(1));

        (await Task.WhenAll(ids.Select(async id => (await scene.Host.Triggers.FindAsync(id))!.Status))).Should().Equal(TriggerStatus.Completed, TriggerStatus.Canceled, TriggerStatus.Completed);
        (await scene.RaisedAsync()).Select(static one => one.Payload).Should().Equal("""{"number":1}""", """{"number":3}""");
    }

    [Fact]
    public async Task CancelOn_CancelsAnEventThatIsDelayed()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var options = (int n) => new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = EventCondition.On<OrderPlaced>(o => o.Number == n) };
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
        await scene.Host.Triggers.AddAsync(Trigger.After(hour).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)).WithId("remind"));
        await scene.PlaceAsync(9);
        await scene.Host.Triggers.AddAsync(Trigger.After(hour).CancelOn<OrderPlaced>(o => o.Number == 2).Publish(new Reminder(2)).WithId("remind").IfExists(OnConflict.Replace));

        await scene.PlaceAsync(1);
        var before = (await scene.Host.Triggers.FindAsync(new TriggerId("remind")))!.Status;
        await scene.PlaceAsync(2);

        before.Should().Be(TriggerStatus.Active);
        (await scene.Host.Triggers.FindAsync(new TriggerId("remind")))!.Status.Should().Be(TriggerStatus.Canceled);
    }

    // Nothing tells the matcher that what it holds is over: no event since then could see more.
    [Fact]
    public async Task CancelOn_ThatIsHeldForATriggerThatWasReplaced_CancelsNothing()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 100));
        await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)).WithId("remind"));
        await scene.PlaceAsync(9);
        await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new Reminder(2)).WithId("remind").IfExists(OnConflict.Replace));

        await scene.PlaceAsync(1);

        (await scene.Host.Triggers.FindAsync(new TriggerId("remind")))!.Status.Should().Be(TriggerStatus.Active);
    }

    [Fact]
    public async Task CancelOn_OfATriggerThatWasMovedFarAway_StillCancels()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)));
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
        await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)));
        await scene.Host.Bus.PublishAsync(new Reminder(2), new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = EventCondition.On("order.placed", """{"number":[2]}""") });
        await scene.PlaceAsync(9);
        var before = await redis.Database.SortedSetLengthAsync(scene.Host.Keyspace.Partitions[0].Keys.On("order.placed"));

        scene.Clock.Advance(TimeSpan.FromHours(50));
        await scene.PlaceAsync(9);

        before.Should().Be(2);
        (await redis.Database.KeyExistsAsync(scene.Host.Keyspace.Partitions[0].Keys.On("order.placed"))).Should().BeFalse();
    }
}
