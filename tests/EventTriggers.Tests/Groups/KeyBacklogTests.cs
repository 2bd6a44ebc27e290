using EventTriggers.Consuming.Execution;
using StackExchange.Redis;
using static EventTriggers.Tests.Groups.KeyOrderScene;

namespace EventTriggers.Tests.Groups;

/// <summary>What waits behind others of its key, step by step: how it is listed and canceled, and when it is let go.</summary>
public sealed class KeyBacklogTests(RedisFixture redis)
{
    // Nobody redrove it in time.
    [Fact]
    public async Task AHeldDeadLetter_ThatIsForgotten_LetsItsKeyGoOn_AndThatIsLogged()
    {
        var clock = Clock.At2030();
        await using var host = Host(redis, 1, onDead: DeadLetters.Hold, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await PublishAsync(host, 2);
        var dead = await consumer.ClaimOneAsync();
        await consumer.SettleAsync(dead, Outcome.Dead);
        (await consumer.ClaimAllAsync()).Should().BeEmpty();

        clock.Advance(host.Keyspace.Options.DeadLetterRetention + TimeSpan.FromMinutes(1));
        await consumer.SweepAsync();
        await consumer.SweepAsync();

        host.Log.TextsOf("83").Should().ContainSingle("it is told once").Which.Should()
            .Contain(dead.Delivery.Id).And.Contain($"key {dead.Delivery.Key} of group default");
        (await consumer.ClaimOneAsync()).Delivery.Attempt.Should().Be(1);
    }

    // It is dropped when its turn comes, and those behind it have theirs in the same call.
    [Fact]
    public async Task CancelledEvents_ThatWait_HoldNobodyUp()
    {
        await using var host = Host(redis, 1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 5);
        var first = await consumer.ClaimOneAsync();
        foreach (var id in ids.Skip(1).Take(3))
        {
            (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        }

        await consumer.SettleAsync(first, Outcome.Done);
        var claimed = await consumer.ClaimAllAsync();

        claimed.Should().ContainSingle().Which.Delivery.Id.Should().Be(ids[4]);
    }

    [Fact]
    public async Task WhatWaits_IsListed_Counted_AndCancelledInBulk()
    {
        await using var host = Host(redis, 1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 25);
        await consumer.ClaimOneAsync();

        var listed = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Ready }).Select(static one => one.Id)
            .ToListAsync();
        listed.Should().BeEquivalentTo(ids.Skip(1));
        (await host.Events.CountAsync()).Ready.Should().Be(24);

        var operation = await host.Events.CancelAsync(new EventQuery { Status = DeliveryStatus.Ready });
        while ((await host.Operations.FindAsync(operation))!.Status == BulkOperationStatus.Running)
        {
            await consumer.AdvanceOperationAsync();
        }

        (await host.Operations.FindAsync(operation))!.Changed.Should().Be(24);
    }

    [Fact]
    public async Task KeysThatWait_AreListed_HeldOnesFirst()
    {
        var clock = Clock.At2030();
        await using var host = Host(redis, 1, onDead: DeadLetters.Hold, time: clock);
        var (consumer, groups) = (new ManualConsumer(host, time: clock), host.Services.GetRequiredService<IGroupStore>());
        await consumer.SubscribeAsync("order.placed");
        var ids = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (key, count) in new[] { ("a", 3), ("b", 2), ("c", 1), ("d", 2) })
        {
            ids[key] = (await host.Bus.PublishManyAsync(
                [.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))], new PublishOptions { Key = key })).Ids();
        }

        var began = clock.GetUtcNow();
        var leases = await consumer.ClaimAllAsync();
        clock.Advance(TimeSpan.FromSeconds(5));
        await consumer.SettleAsync(new Settlement(leases.Single(lease => lease.Delivery.Id == ids["d"][0]), Outcome.Dead));

        var list = await groups.ListKeysAsync("default");
        (list.HeldKeys, list.WaitingKeys).Should().Be((1, 3));
        list.Keys.Select(static one => (one.Key, one.Waiting, one.WaitingSince, one.HeldBehind, one.HeldSince)).Should().Equal(
            ("d", 1, began, ids["d"][0], clock.GetUtcNow()), ("a", 2, began, null, null), ("b", 1, began, null, null));
        list.Keys.Select(static one => one.Active.Single()).Should().Equal(ids["d"][0], ids["a"][0], ids["b"][0]);
        (await groups.ListKeysAsync("default", limit: 1)).Keys.Should().ContainSingle();
        var counts = await host.Events.CountAsync();
        (counts.Ready, counts.Waiting, counts.HeldKeys).Should().Be((4, 4, 1));
        var group = (await groups.FindAsync("default"))!;
        (group.ConcurrencyPerKey, group.OnDead).Should().Be((1, DeadLetters.Hold));
        await groups.Invoking(static store => store.ListKeysAsync("default", 0).AsTask()).Should()
            .ThrowAsync<ArgumentOutOfRangeException>().WithMessage("A list has 1 to 1000 keys, but 0 were asked for.*");
    }

    // The stored mode counts, whatever a process was built with; the smallest number wins while processes differ.
    [Fact]
    public async Task AProcessThatOrdersLess_ObeysTheOther_UntilThatHasBeenGoneForAWhile()
    {
        var clock = Clock.At2030();
        await using var host = Host(redis, 1, time: clock);
        var (strict, loose) = (new ManualConsumer(host, time: clock), new ManualConsumer(host, time: clock) { Mode = default });
        await strict.SubscribeAsync("order.placed");
        await loose.SubscribeAsync("order.placed");
        await PublishAsync(host, 10);
        (await loose.ClaimAllAsync()).Should().ContainSingle();

        clock.Advance(TimeSpan.FromSeconds(140));
        await loose.SubscribeAsync("order.placed");
        (await loose.ClaimAllAsync()).Should().BeEmpty();
        clock.Advance(TimeSpan.FromHours(2));
        await loose.SubscribeAsync("order.placed");

        (await loose.ClaimAllAsync()).Should().HaveCount(9, "what waited is let go");
        await loose.ClaimAllAsync();
        (await redis.Database.KeyExistsAsync([.. new[] { "active", "backlogs", "backlogged", "settings" }
            .Select(kind => (RedisKey)$"{Root(host)}:{kind}:default")])).Should().Be(0);
    }

    [Fact]
    public async Task AMode_ThatIsChangedToMorePlaces_FillsThemWhenADeliveryEnds()
    {
        await using var host = Host(redis, 1);
        var consumer = await ConsumerAsync(host);
        await PublishAsync(host, 10);
        var first = await consumer.ClaimOneAsync();
        await redis.Database.HashSetAsync($"{Root(host)}:settings:default", "places", 3);

        await consumer.SettleAsync(first, Outcome.Done);

        (await consumer.ClaimAllAsync()).Should().HaveCount(3);
    }

    // Somebody has deleted the event that a key waits for.
    [Fact]
    public async Task AKey_ThatWaitsForNothing_IsFoundByTheSweep()
    {
        await using var host = Host(redis, 1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 3);
        await consumer.ClaimOneAsync();
        await redis.Database.KeyDeleteAsync([$"{Root(host)}:event:{ids[0]}", $"{Root(host)}:leased:default"]);
        (await consumer.ClaimAllAsync()).Should().BeEmpty();

        await consumer.SweepAsync();

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(ids[1]);
    }

    [Fact]
    public async Task ABacklog_ThatIsDeletedByHand_IsRestored()
    {
        if (redis.IsGarnet)
        {
            Assert.Skip("Garnet cannot look through its keys in a script.");
        }

        await using var host = Host(redis, 1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 3);
        var first = await consumer.ClaimOneAsync();
        await redis.Database.KeyDeleteAsync([$"{Root(host)}:backlog:default:a"]);

        (await consumer.RepairAsync()).Should().Be(2);
        await consumer.SettleAsync(first, Outcome.Done);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().BeOneOf(ids.Skip(1));
    }

    [Fact]
    public async Task AGroupThatIsRemoved_TakesItsBacklogsAlong()
    {
        await using var host = Host(redis, 1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 30);
        await consumer.ClaimOneAsync();

        await host.Services.GetRequiredService<IGroupStore>().RemoveAsync("default", force: true);

        (await redis.Database.KeyExistsAsync([.. new[] { "active", "backlogs", "backlogged", "settings" }
            .Select(kind => (RedisKey)$"{Root(host)}:{kind}:default")])).Should().Be(0);
        (await redis.Database.KeyExistsAsync([.. ids.Select(id => (RedisKey)$"{Root(host)}:event:{id}")])).Should().Be(0);
    }
}
