using System.Collections.Concurrent;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace EventTriggers.Tests.Groups;

/// <summary>Groups that order by key, in hosts that run, and step by step.</summary>
public sealed class KeyTests(RedisFixture redis)
{
    private static readonly PublishOptions KeyA = new() { Key = "a" };

    [Fact]
    public async Task InOrder_HandlesTheEventsOfAKeyOneAfterAnother_InAllHosts()
    {
        var (runs, running, overlaps) = (new ConcurrentQueue<OrderPlaced>(), new ConcurrentDictionary<string, int>(), 0);
        async ValueTask HandleAsync(EventContext<OrderPlaced> context)
        {
            overlaps += running.AddOrUpdate(context.Key!, 1, static (_, count) => count + 1) - 1;
            runs.Enqueue(context.Event);
            await Task.Yield();
            running.AddOrUpdate(context.Key!, 0, static (_, count) => count - 1);
        }

        await using var first = Host(1, (context, _) => HandleAsync(context));
        await using var second = Host(1, (context, _) => HandleAsync(context), prefix: first.Prefix);
        await first.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 300).Select(static n => EventToPublish.Of(new OrderPlaced(n), new PublishOptions { Key = KeyOf(n) }))]);

        first.Start();
        second.Start();
        await HandledAsync(first, 300);

        overlaps.Should().Be(0);
        foreach (var ofKey in runs.GroupBy(static order => KeyOf(order.Number)))
        {
            ofKey.Should().BeInAscendingOrder(static order => order.Number).And.HaveCount(30);
        }
    }

    // More than one call takes: they do not overtake one another.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EventsThatArePublishedTogether_AreAcceptedInTheirOrder(bool areMixed)
    {
        await using var host = Host(1);
        await ConsumerAsync(host);
        var orders = Enumerable.Range(0, 3000).Select(static n => new OrderPlaced(n)).ToArray();
        var results = areMixed
            ? await host.Bus.PublishManyAsync([.. orders.Select(static one => EventToPublish.Of(one, KeyA))])
            : await host.Bus.PublishManyAsync(orders, KeyA);

        var ready = await redis.Database.ListRangeAsync($"{Root(host)}:ready:default");

        ready.Reverse().Select(static id => id.ToString()).Should().Equal(results.Ids());
    }

    [Fact]
    public async Task PerKey_HandlesSoManyAtATime_AndNoMore()
    {
        var (running, most, gate) = (0, 0, new TaskCompletionSource());
        await using var host = Host(2, async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await gate.Task;
            Interlocked.Decrement(ref running);
        });
        await PublishAsync(host, 10);
        host.Start();
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 2, "two run");
        await host.Bus.PublishAsync(new OrderPlaced(-1));
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 3, "the one without a key runs as well");

        gate.SetResult();
        await HandledAsync(host, 11);

        most.Should().Be(3, "two of the key, and the one without a key");
    }

    // Order comes before throughput.
    [Fact]
    public async Task ARetry_KeepsTheTurnOfItsDelivery_AndOtherKeysGoOn()
    {
        var runs = new ConcurrentQueue<int>();
        await using var host = Host(1, (context, _) =>
        {
            runs.Enqueue(context.Event.Number);
            return context is { Event.Number: 0, Attempt: < 3 } ? throw new InvalidOperationException("Not yet.") : default;
        });
        await PublishAsync(host, 3);
        await host.Bus.PublishAsync(new OrderPlaced(100), new PublishOptions { Key = "b" });
        host.Start();

        await HandledAsync(host, 4);

        runs.Where(static number => number < 100).Should().Equal(0, 0, 0, 1, 2);
    }

    [Fact]
    public async Task ADeadLetter_IsPassedBy()
    {
        await using var host = Host(1, static (context, _) => Fails(context));
        await PublishAsync(host, 3);
        host.Start();

        await HandledAsync(host, 2);

        (await host.Events.CountAsync()).Dead.Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AHeldDeadLetter_KeepsItsKeyWaiting_UntilItIsRedrivenOrDiscarded(bool redrive)
    {
        var (runs, isMended) = (new ConcurrentQueue<int>(), false);
        await using var host = Host(
            1,
            (context, _) =>
            {
                runs.Enqueue(context.Event.Number);
                return Volatile.Read(ref isMended) ? default : Fails(context);
            },
            DeadLetters.Hold);
        var ids = await PublishAsync(host, 3);
        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "the first is dead");
        await host.AsleepAsync(new OrderPlaced(-1));
        (await host.Events.CountAsync()).Ready.Should().Be(2, "the others wait");

        Volatile.Write(ref isMended, true);
        if (redrive)
        {
            (await host.Events.RedriveAsync(ids[0])).Should().Be(RedriveOutcome.Redriven);
        }
        else
        {
            (await host.Events.DiscardAsync(ids[0])).Should().Be(DiscardOutcome.Discarded);
        }

        await HandledAsync(host, redrive ? 4 : 3);
        runs.Where(static number => number >= 0).Distinct().Should().Equal(0, 1, 2);
        runs.Count(static number => number == 0).Should().Be(redrive ? 4 : 3, "it has three attempts");
    }

    // Nobody redrove it in time.
    [Fact]
    public async Task AHeldDeadLetter_ThatIsForgotten_LetsItsKeyGoOn_AndThatIsLogged()
    {
        var clock = Clock.At2030();
        await using var host = Host(1, onDead: DeadLetters.Hold, time: clock);
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
        await using var host = Host(1);
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
        await using var host = Host(1);
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
        await using var host = Host(1, onDead: DeadLetters.Hold, time: clock);
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

    [Fact]
    public async Task AGroupThatDoesNotOrder_IgnoresKeys()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        await PublishAsync(host, 10);

        (await consumer.ClaimAllAsync()).Should().HaveCount(10);

        (await redis.Database.KeyExistsAsync($"{Root(host)}:active:default")).Should().BeFalse();
        var groups = host.Services.GetRequiredService<IGroupStore>();
        (await groups.ListKeysAsync("default")).Keys.Should().BeEmpty();
        (await groups.FindAsync("default"))!.ConcurrencyPerKey.Should().BeNull();
    }

    // The stored mode counts, whatever a process was built with; the smallest number wins while processes differ.
    [Fact]
    public async Task AProcessThatOrdersLess_ObeysTheOther_UntilThatHasBeenGoneForAWhile()
    {
        var clock = Clock.At2030();
        await using var host = Host(1, time: clock);
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
        await using var host = Host(1);
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
        await using var host = Host(1);
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

        await using var host = Host(1);
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
        await using var host = Host(1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 30);
        await consumer.ClaimOneAsync();

        await host.Services.GetRequiredService<IGroupStore>().RemoveAsync("default", force: true);

        (await redis.Database.KeyExistsAsync([.. new[] { "active", "backlogs", "backlogged", "settings" }
            .Select(kind => (RedisKey)$"{Root(host)}:{kind}:default")])).Should().Be(0);
        (await redis.Database.KeyExistsAsync([.. ids.Select(id => (RedisKey)$"{Root(host)}:event:{id}")])).Should().Be(0);
    }

    [Theory]
    [InlineData(0, null, "ConcurrencyPerKey must be between 1 and 100, but is 0*")]
    [InlineData(101, null, "ConcurrencyPerKey must be between 1 and 100, but is 101*")]
    [InlineData(2, DeadLetters.Hold, "OnDead is Hold, which needs a ConcurrencyPerKey of 1, but that is 2.*")]
    [InlineData(null, DeadLetters.Hold, "OnDead is Hold, which needs a ConcurrencyPerKey of 1, but that is not set.*")]
    public async Task AModeThatIsNotPossible_IsRefusedByName(int? places, DeadLetters? onDead, string message)
    {
        var services = new ServiceCollection();
        services.AddSingleton(redis.HostConnection);
        services.AddRedisTriggers(options =>
            options.Groups["default"] = new GroupOptions { ConcurrencyPerKey = places, OnDead = onDead });
        await using var provider = services.BuildServiceProvider();

        provider.Invoking(static all => all.GetRequiredService<IOptions<RedisTriggersOptions>>().Value).Should()
            .Throw<OptionsValidationException>().WithMessage($"*Groups:default:{message}");
    }

    [Fact]
    public void AGroupThatOrders_CancelsHandlersWhoseLeaseIsInDoubt_UnlessItSaysOtherwise()
    {
        static LeaseDoubt Of(GroupOptions group) =>
            GroupSettings.Of("default", new RedisTriggersOptions { Groups = { ["default"] = group } }).WhenLeaseIsInDoubt;

        Of(new GroupOptions()).Should().Be(LeaseDoubt.Continue);
        Of(new GroupOptions { ConcurrencyPerKey = 3 }).Should().Be(LeaseDoubt.Cancel);
        Of(new GroupOptions { ConcurrencyPerKey = 1, WhenLeaseIsInDoubt = LeaseDoubt.Continue }).Should().Be(LeaseDoubt.Continue);
    }

    private static string KeyOf(int number) => $"key-{number % 10}";

    private static ValueTask Fails(EventContext<OrderPlaced> context) =>
        context.Event.Number == 0 ? throw new InvalidOperationException("It fails.") : default;

    private static string Root(TestHost host) => host.Keyspace.Partitions[0].Keys.Root.ToString();

    private static async Task<ManualConsumer> ConsumerAsync(TestHost host)
    {
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    // Of one key, in their order.
    private static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, int count) =>
        (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))], KeyA)).Ids();

    private static Task HandledAsync(TestHost host, int count) => Wait.UntilAsync(
        async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 } counts && counts.Processed == count,
        $"{count} are handled");

    private TestHost Host(
        int places, Func<EventContext<OrderPlaced>, CancellationToken, ValueTask>? handle = null, DeadLetters onDead = DeadLetters.PassBy,
        TimeProvider? time = null, string? prefix = null) => TestHost.Create(
            redis,
            handle is null ? null : build => build.AddHandler(handle),
            options =>
            {
                options.MaxAttempts = 3;
                options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places, OnDead = onDead };
            },
            time,
            prefix);
}
