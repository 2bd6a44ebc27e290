using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

/// <summary>Which triggers an event sees, whatever those who match have in memory, and what is left when they end.</summary>
public sealed class TriggerSubscriptionTests(RedisFixture redis)
{
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

    [Fact]
    [Trait("Fault", "92")]
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
    public async Task SubscriptionsOfWhatIsOver_AreRemoved()
    {
        await using var scene = await MatchScene.CreateAsync(redis, configure: static options => options.Partitions = 3);
        var id = await scene.AddAsync(
            Trigger.On<OrderPlaced>().Where(o => o.Number == 1).FollowedBy<Reminder>().Within(TimeSpan.FromMinutes(1)).WithId("t"));
        for (var n = 2; n <= 4; n++)
        {
            await scene.Host.Triggers.UpdateAsync(id, Trigger.On<OrderPlaced>().Where(o => o.Number == n).Publish(new Reminder(1)));
        }

        await scene.Host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 9).MaxFirings(1).Publish(new Reminder(1)));
        foreach (var partition in Enumerable.Range(0, 3))
        {
            await scene.PlaceInAsync(partition, 9);
        }

        foreach (var keys in scene.Host.Keyspace.Partitions.Select(static partition => partition.Keys))
        {
            (await redis.Database.SortedSetRangeByRankAsync(keys.Subscriptions("order.placed"))).Should().ContainSingle().Which.ToString()
                .Should().StartWith("t#");
            (await redis.Database.KeyExistsAsync(keys.Subscriptions("order.reminder"))).Should().BeFalse();
        }

        var all = scene.Host.Keyspace.Partitions.Select(static partition => partition.Keys).ToArray();
        (await Task.WhenAll(all.Select(keys => redis.Database.SortedSetLengthAsync(keys.Triggers)))).Sum().Should()
            .Be(1, "what has ended is no longer among those to come");
        (await Task.WhenAll(all.Select(keys => redis.Database.SortedSetLengthAsync(keys.EndedTriggers)))).Sum().Should().Be(1);
    }

    // The server has forgotten the last watches, and numbers new ones.
    [Fact]
    [Trait("Fault", "42")]
    public async Task WhenTheServerHasForgottenTheLastSubscriptions_NewOnesAreMatched()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1).WithId("a"));
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var before = await redis.Database.HashGetAsync(keys.SubscriptionMeta("order.placed"), "number");
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 2).WithId("b"));
        await scene.PlaceAsync(1, 2);
        await redis.Database.HashSetAsync(keys.SubscriptionMeta("order.placed"), "number", before);
        await redis.Database.SortedSetRemoveRangeByScoreAsync(
            keys.Subscriptions("order.placed"), (double)before + 1, double.PositiveInfinity);

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

    // A server that came back empty, and whose clock is behind, numbers anew below what is known.
    [Fact]
    [Trait("Fault", "42")]
    [Trait("Fault", "72")]
    public async Task WhenNumbersBeginAnewBelowWhatIsKnown_NewSubscriptionsAreMatched()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1));
        await redis.Database.HashIncrementAsync(keys.SubscriptionMeta("order.placed"), "number", 1_000_000_000);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 2));
        await scene.PlaceAsync(1, 2);
        await redis.Database.KeyDeleteAsync(
            [keys.Subscriptions("order.placed"), keys.RemovedSubscriptions("order.placed"), keys.SubscriptionMeta("order.placed")]);

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
        await Task.WhenAll(
            Enumerable.Range(0, Many)
                .Select(
                    n => scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == n && o.Country != "FR").MaxFirings(1)).AsTask()));
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        (await redis.Database.SortedSetLengthAsync(keys.Subscriptions("order.placed"))).Should()
            .Be(1001, "a thousand are held, and one field is looked up");

        await scene.PlaceAsync([.. Enumerable.Range(Many - 20, 40)]);
        await scene.PlaceAsync([.. Enumerable.Range(0, 20)]);
        await scene.PlaceAsync([.. Enumerable.Range(Many - 20, 20)]);

        (await scene.OrdersAsync()).Order().Should()
            .Equal(Enumerable.Range(0, 20).Concat(Enumerable.Range(Many - 20, 20)), "each fires once, and has ended");
    }

    [Fact]
    public async Task TriggersThatAreLookedUp_LeaveNothingBehind_WhenTheyEnd()
    {
        const int Many = 1010;
        await using var scene = await MatchScene.CreateAsync(redis);
        var ids = await Task.WhenAll(
            Enumerable.Range(0, Many).Select(n => scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == n)).AsTask()));

        await Task.WhenAll(ids.Select(id => scene.Host.Triggers.CancelAsync(id).AsTask()));

        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        (await redis.Database.KeyExistsAsync(keys.Subscriptions("order.placed"))).Should().BeFalse();
        (await redis.Database.KeyExistsAsync(keys.Routes("order.placed"))).Should().BeFalse();
        (await redis.Database.HashKeysAsync(keys.SubscriptionMeta("order.placed"))).Select(static field => field.ToString()).Should()
            .BeEquivalentTo("number", "epoch");
        foreach (var n in new[] { 1, 500, Many - 1 })
        {
            var lookup = FieldValueKey.FromPattern(Trigger.On<OrderPlaced>().Where(o => o.Number == n).ToPattern()).Single();
            (await redis.Database.KeyExistsAsync(keys.SubscriptionsByValue(lookup.ToHash("order.placed")))).Should().BeFalse();
        }
    }

    // Numbers begin anew, and what is held in memory is of another time.
    [Fact]
    [Trait("Fault", "41")]
    [Trait("Fault", "58")]
    public async Task WhenTheStoreHasLostItsData_NewTriggersAreSeen()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        for (var n = 1; n <= 5; n++)
        {
            await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == n));
        }

        await scene.PlaceAsync(1);
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        await redis.Database.KeyDeleteAsync(
            [keys.Subscriptions("order.placed"), keys.SubscriptionMeta("order.placed"), keys.Routes("order.placed")]);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 9));

        await scene.PlaceAsync(9);

        (await scene.OrdersAsync()).Should().Equal(1, 9);
    }
}
