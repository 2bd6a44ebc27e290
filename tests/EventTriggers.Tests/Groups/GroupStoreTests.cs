using System.Collections.Concurrent;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Groups;

/// <summary>What an operator sees of groups and consumers, and what pausing and removing a group does.</summary>
public sealed class GroupStoreTests(RedisFixture redis)
{
    [Fact]
    public async Task List_TellsGroupsWithTheirTypesAndCounts()
    {
        var release = new TaskCompletionSource();
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>(static (_, _) => throw new InvalidOperationException("no"))
            .AddGroup("billing", group => group.AddHandler<OrderPlaced>(async (_, _) => await release.Task)
                .AddHandler<Invoice>(static (_, _) => default)),
            static options => options.MaxAttempts = 1);
        await using var other = TestHost.Create(
            redis, static build => build.AddGroup("audit", static group => group.AddHandler<Invoice>(static (_, _) => default)),
            prefix: host.Prefix);
        host.Start();
        other.Start();
        await UntilKnownAsync(host, "audit", "billing", "default");
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]);
        await Wait.UntilAsync(
            async () => (await host.Events.CountAsync()).Dead == 2 && (await host.Events.CountAsync("billing")).Leased == 2,
            "both groups have taken the events");

        var groups = await Groups(host).ListAsync();
        groups.Select(static group => (group.Name, Types: string.Join(' ', group.Types), group.Counts.Leased, group.Counts.Dead))
            .Should().Equal(
                ("$triggers", string.Empty, 0, 0),
                ("audit", "invoice", 0, 0),
                ("billing", "invoice order.placed", 2, 0),
                ("default", "order.placed", 0, 2));
        groups.Should().OnlyContain(static group => group.Pause == null);
        (await Groups(host).FindAsync("billing")).Should()
            .BeEquivalentTo(groups[2], static options => options.Excluding(one => one.Consumers));
        (await Groups(host).FindAsync("nowhere")).Should().BeNull();
        release.SetResult();
    }

    [Fact]
    public async Task APausedGroup_ClaimsNothing_AndGoesOnWhenItIsResumed()
    {
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = TwoGroups(handled).Start();
        await UntilKnownAsync(host, "billing", "default");

        (await Groups(host).PauseAsync("billing", new PauseOptions { By = "ada", Reason = "the bank is closed" }))
            .Should().Be(ChangeOutcome.Done);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 300).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("default") == 300, "the other group handles all events");

        handled.Should().NotContainKey("billing");
        var paused = (await Groups(host).FindAsync("billing"))!;
        (paused.Counts.Ready, paused.Counts.Leased).Should().Be((300, 0));
        paused.Pause.Should().BeEquivalentTo(new { By = "ada", Reason = "the bank is closed", Until = (DateTimeOffset?)null });
        paused.Pause!.Since.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        (await redis.Database.HashGetAsync($"{{{host.Prefix}:0}}:settings:billing", "paused")).ToString().Should().Be("-1");

        (await Groups(host).ResumeAsync("billing")).Should().Be(ChangeOutcome.Done);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("billing") == 300, "the consumers are told");
        (await KeysAsync(host.Prefix)).Should().NotContain(static key => key.Contains(":settings"));
    }

    // Nothing polls in these tests: only the end of the pause wakes the loop.
    [Fact]
    public async Task APauseEndsByItself()
    {
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = TwoGroups(handled).Start();
        await UntilKnownAsync(host, "billing", "default");

        var until = DateTimeOffset.UtcNow.AddSeconds(1);
        await Groups(host).PauseAsync("billing", new PauseOptions { Until = until });
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => handled.GetValueOrDefault("billing") == 1, "the pause is over");

        DateTimeOffset.UtcNow.Should().BeOnOrAfter(until);
        (await Groups(host).FindAsync("billing"))!.Pause.Should().BeNull();
    }

    [Fact]
    [Trait("Fault", "148")]
    [Trait("Fault", "149")]
    public async Task APauseThatIsGoneWithoutAMessage_IsFoundOutByAPoll()
    {
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = TwoGroups(
            handled, static options => options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(100))
            .Start();
        await UntilKnownAsync(host, "billing", "default");
        await Groups(host).PauseAsync("billing");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => handled.GetValueOrDefault("default") == 1, "the other group works");
        handled.Should().NotContainKey("billing");

        await redis.Database.KeyDeleteAsync([$"{{{host.Prefix}:0}}:settings:billing", $"{{{host.Prefix}:0}}:settings"]);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("billing") == 1, "the next claim finds no pause");
    }

    [Fact]
    public async Task APause_EndsAtItsMoment_ByTheClockOfRedis()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Groups(host).PauseAsync("default", new PauseOptions { Until = clock.GetUtcNow().AddMinutes(5) });

        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        (await consumer.ClaimAsync()).Should().BeEmpty();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await consumer.ClaimAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task APause_LeavesDueParkedAndQuarantinedDeliveries()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromMinutes(1) });
        await Groups(host).PauseAsync("default");
        clock.Advance(TimeSpan.FromMinutes(1));

        (await consumer.ClaimAsync()).Should().BeEmpty();
        consumer.Left.Should().Be(0, "a loop would claim again at once");
        var counts = await host.Events.CountAsync();
        (counts.Ready, counts.Delayed).Should().Be((1, 0), "what is due waits to be claimed");
        await Groups(host).ResumeAsync("default");
        (await consumer.ClaimAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task ThePausedTriggersGroup_LetsEventsWaitToBeMatched_WhileTimeTriggersFire()
    {
        var raised = new ConcurrentQueue<int>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Invoice>((context, _) =>
        {
            raised.Enqueue(context.Event.Number);
            return default;
        })).Start();
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Invoice(1)));
        await Groups(host).PauseAsync("$triggers");

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(50)).Publish(new Invoice(2)));
        await Wait.UntilAsync(() => raised.Contains(2), "the trigger that is due fires");
        raised.Should().Equal(2);
        (await Groups(host).FindAsync("$triggers"))!.Counts.Ready.Should().Be(1);

        await Groups(host).ResumeAsync("$triggers");
        await Wait.UntilAsync(() => raised.Contains(1), "the event is matched");
    }

    [Fact]
    public async Task Pause_OfAnUnknownGroup_ChangesNothing()
    {
        await using var host = TestHost.Create(redis);

        (await Groups(host).PauseAsync("nowhere")).Should().Be(ChangeOutcome.NotFound);
        (await Groups(host).ResumeAsync("nowhere")).Should().Be(ChangeOutcome.NotFound);
        (await Groups(host).RemoveAsync("nowhere")).Should().Be(RemoveGroupOutcome.NotFound);
        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:settings:nowhere")).Should().BeFalse();
    }

    [Fact]
    public async Task WhatIsNotAllowed_IsRefusedByName()
    {
        await using var host = TestHost.Create(redis);
        var groups = Groups(host);

        await groups.Invoking(static store => store.PauseAsync("a b").AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage("The group must consist of *but 'a b' has U+0020 at 1.*");
        await groups.Invoking(static store => store.PauseAsync("a", new PauseOptions { By = new string('x', 201) }).AsTask())
            .Should().ThrowAsync<ArgumentException>()
            .WithMessage("The name of who pauses a group may have at most 200 characters, but has 201*");
        await groups.Invoking(static store => store.PauseAsync("a", new PauseOptions { Reason = "\ud800" }).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("The reason of a pause must be Unicode*");
        await groups.Invoking(static store => store.PauseAsync("a", new PauseOptions { Until = DateTimeOffset.MinValue }).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("A pause must end after 1970, but Until is 0001-01-01*");
        await groups.Invoking(static store => store.RemoveAsync("$triggers").AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task WaitUntilDrained_WaitsForWhatRuns()
    {
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>(async (_, _) =>
        {
            begun.TrySetResult();
            await release.Task;
        })).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(begun.Task);
        await Groups(host).PauseAsync("default");

        var drained = Groups(host).WaitUntilDrainedAsync("default").AsTask();
        await Task.Delay(200);
        drained.IsCompleted.Should().BeFalse();
        release.SetResult();
        await Wait.ForAsync(drained);
        (await host.Events.CountAsync()).Processed.Should().Be(1);
    }

    [Fact]
    public async Task ARemovedGroup_LeavesNothing_AndOthersKeepTheirs()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var (gone, kept) = (new ManualConsumer(host, "gone", time: clock), new ManualConsumer(host, "kept", time: clock));
        await gone.SubscribeAsync("order.placed", "own");
        await kept.SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 250).Select(static n => new OrderPlaced(n))]);
        var delayed = await host.Bus.PublishAsync(new OrderPlaced(-1), new PublishOptions { Delay = TimeSpan.FromHours(1) });
        var own = await host.Bus.PublishRawAsync("own", "1"u8.ToArray());
        var leases = await gone.ClaimAsync();
        foreach (var lease in leases.Take(30))
        {
            await gone.SettleAsync(lease, EventTriggers.Consuming.Execution.Outcome.Done);
        }

        // Of each kind of place where a delivery can be.
        await gone.SettleAsync(leases[30], EventTriggers.Consuming.Execution.Outcome.Skip);
        await gone.SettleAsync(leases[31], EventTriggers.Consuming.Execution.Outcome.Dead);
        await gone.SettleAsync(leases[32], EventTriggers.Consuming.Execution.Outcome.Release);
        (await KeysAsync(host.Prefix)).Should().Contain(static key => key.Contains(":parked:gone:"));

        await Groups(host).PauseAsync("gone");
        (await Groups(host).RemoveAsync("gone")).Should().Be(RemoveGroupOutcome.HasConsumers);
        await gone.LeaveAsync();
        (await Groups(host).RemoveAsync("gone")).Should().Be(RemoveGroupOutcome.Removed);

        // A second reader: no key names the group, and no field of an event does.
        var left = await KeysAsync(host.Prefix);
        left.Should().NotContain(static key => key.Contains("gone"));
        foreach (var key in left.Where(static key => key.Contains(":event:")))
        {
            (await redis.Database.HashKeysAsync(key)).Should().NotContain(static field => field.ToString().EndsWith(":gone"), key);
            (await redis.Database.HashGetAsync(key, "refs")).ToString().Should().Be("1", key);
        }

        (await host.Events.FindAsync(own.Id)).Should().BeNull("only the group had it");
        (await host.Events.FindAsync(delayed.Id))!.Deliveries.Should().ContainSingle(static one => one.Group == "kept");
        (await kept.ClaimAllAsync()).Should().HaveCount(250);
        (await Groups(host).RemoveAsync("gone")).Should().Be(RemoveGroupOutcome.NotFound);
    }

    [Fact]
    public async Task AGroupThatDropsAType_GetsNoMoreOfIt_AndKeepsWhatItHas()
    {
        await using var host = TestHost.Create(redis);
        var (both, other) = (new ManualConsumer(host, "both"), new ManualConsumer(host, "other"));
        await both.SubscribeAsync("order.placed", "own");
        await other.SubscribeAsync("order.placed");
        var before = await host.Bus.PublishAsync(new OrderPlaced(1));

        (await Groups(host).UnsubscribeAsync("both", "order.placed")).Should().Be(RemoveGroupOutcome.HasConsumers);
        await both.LeaveAsync();
        (await Groups(host).UnsubscribeAsync("both", "order.placed")).Should().Be(RemoveGroupOutcome.Removed);
        (await Groups(host).UnsubscribeAsync("both", "order.placed")).Should().Be(RemoveGroupOutcome.NotFound);
        (await Groups(host).UnsubscribeAsync("nobody", "order.placed")).Should().Be(RemoveGroupOutcome.NotFound);
        var after = await host.Bus.PublishAsync(new OrderPlaced(2));
        var own = await host.Bus.PublishRawAsync("own", "1"u8.ToArray());

        (await host.Events.FindAsync(before.Id))!.Deliveries.Select(static one => one.Group).Should().BeEquivalentTo("both", "other");
        (await host.Events.FindAsync(after.Id))!.Deliveries.Select(static one => one.Group).Should().Equal("other");
        (await host.Events.FindAsync(own.Id))!.Deliveries.Select(static one => one.Group).Should().Equal("both");
        (await Groups(host).FindAsync("both"))!.Types.Should().Equal("own");
        (await both.ClaimAllAsync()).Select(static lease => lease.Delivery.Id).Should().Equal(before.Id, own.Id);
        await Groups(host).Invoking(static store => store.UnsubscribeAsync("both", "a b").AsTask()).Should()
            .ThrowAsync<ArgumentException>();
    }

    // What a group has handled must not come to the next one: not even after the keys were looked through for events without a group.
    [Fact]
    public async Task EventsOfARemovedGroup_ThatTriggersMatched_GoToNoOther()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Invoice(1)));
        var consumer = new ManualConsumer(host, "gone");
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), EventTriggers.Consuming.Execution.Outcome.Done);
        await Groups(host).RemoveAsync("gone", force: true);

        var next = new ManualConsumer(host, "next");
        await next.RepairAsync();
        await next.SubscribeAsync("order.placed");
        (await next.ClaimAsync()).Should().BeEmpty();
        (await host.Events.CountUnroutedAsync()).Types.Should().BeEmpty();
    }

    // With the last consumer killed, nobody takes its expired leases away.
    [Fact]
    public async Task WaitUntilDrained_DoesNotWaitForLeasesThatHaveExpired()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await consumer.ClaimOneAsync();
        await Groups(host).PauseAsync("default");
        using var stop = new CancellationTokenSource();
        var waiting = Groups(host).WaitUntilDrainedAsync("default", stop.Token).AsTask();
        await Task.Delay(100);
        waiting.IsCompleted.Should().BeFalse();

        clock.Advance(host.Keyspace.Options.LeaseDuration + TimeSpan.FromSeconds(2));
        await Wait.ForAsync(waiting);
    }

    [Fact]
    public async Task ARemovedGroup_GetsNoFurtherEvents_AndIsMadeAnewByItsNextConsumer()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, "again");
        await consumer.SubscribeAsync("order.placed");
        (await Groups(host).RemoveAsync("again", force: true)).Should().Be(RemoveGroupOutcome.Removed);

        (await host.Bus.PublishAsync(new OrderPlaced(1))).Should().NotBeNull();
        (await host.Events.CountUnroutedAsync()).Types.Should().ContainSingle(static type => type.Count == 1);
        await new ManualConsumer(host, "again").SubscribeAsync("order.placed");
        (await host.Events.CountAsync("again")).Ready.Should().Be(1);
    }

    [Fact]
    public async Task ARemovalThatWasInterrupted_GoesOnWithTheNextCall()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, "again");
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 500).Select(static n => new OrderPlaced(n))]);
        using var stop = new CancellationTokenSource();

        // As a process that is killed after its second step.
        for (var n = 0; n < 2; n++)
        {
            var step = new RemoveGroupRequest
            {
                Partition = host.Keyspace.Partitions[0],
                Group = "again",
                Type = string.Empty,
                Force = true,
                Most = 100,
            };
            (await host.Keyspace.Operations.RunAsync(step)).Should().Be(new RemovalStep("more", 100));
        }

        (await host.Events.CountAsync("again")).Ready.Should().Be(300);
        (await host.Bus.PublishAsync(new OrderPlaced(-1))).Should().NotBeNull();
        (await host.Events.CountAsync("again")).Ready.Should().Be(300, "it is not subscribed any more");
        (await Groups(host).RemoveAsync("again")).Should().Be(RemoveGroupOutcome.Removed);
        (await KeysAsync(host.Prefix)).Should().NotContain(static key => key.Contains(":again"));
        (await KeysAsync(host.Prefix)).Count(static key => key.Contains(":event:")).Should().Be(1);
    }

    // Whatever stands in its place, a group without readable settings is served.
    [Fact]
    [Trait("Fault", "150")]
    public async Task SettingsOfAnotherType_StopNoGroup_AndAreNotOverwritten()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await redis.Database.StringSetAsync($"{{{host.Prefix}:0}}:settings:default", "something else");
        await redis.Database.SetAddAsync($"{{{host.Prefix}:0}}:settings", "default");

        (await consumer.ClaimAsync()).Should().HaveCount(1);
        (await Groups(host).FindAsync("default"))!.Pause.Should().BeNull();
        await Groups(host).Invoking(static store => store.PauseAsync("default").AsTask()).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage($"The key '{{{host.Prefix}:0}}:settings:default' holds a string that EventTriggers did not write; *");
        (await redis.Database.StringGetAsync($"{{{host.Prefix}:0}}:settings:default")).ToString().Should().Be("something else");
    }

    [Fact]
    public async Task GarbageInSettings_IsNoPause()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:settings:default", "paused", "for ever");
        await redis.Database.SetAddAsync($"{{{host.Prefix}:0}}:settings", "default");

        (await Groups(host).FindAsync("default"))!.Pause.Should().BeNull();
        (await consumer.ClaimAsync()).Should().HaveCount(1);
    }

    // The outcome of a handler that still runs when its group is removed counts for nothing.
    [Fact]
    public async Task AnOutcomeAfterTheRemoval_IsRefused()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, "again");
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        var lease = await consumer.ClaimOneAsync();
        await Groups(host).RemoveAsync("again", force: true);

        await consumer.SettleAsync(lease, EventTriggers.Consuming.Execution.Outcome.Done);
        (await host.Events.FindAsync(id)).Should().BeNull();
        (await KeysAsync(host.Prefix)).Should().NotContain(static key => key.Contains(":again"));
    }

    [Fact]
    public async Task DiscardUnrouted_DiscardsTheEventsOfOneType()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Invoice(1)));
        for (var n = 0; n < 230; n++)
        {
            await host.Bus.PublishRawAsync("lost", "1"u8.ToArray());
        }

        var other = await host.Bus.PublishRawAsync("other", "1"u8.ToArray());
        var matched = await host.Bus.PublishAsync(new OrderPlaced(1));

        (await Groups(host).DiscardUnroutedAsync("lost")).Should().Be(230);
        (await Groups(host).DiscardUnroutedAsync("order.placed")).Should().Be(0, "triggers have it");
        (await host.Events.CountUnroutedAsync()).Types.Should().ContainSingle(static type => type.Type == "other" && type.Count == 1);
        (await host.Events.FindAsync(other.Id)).Should().NotBeNull();
        (await host.Events.FindAsync(matched.Id)).Should().NotBeNull("triggers have it");
        (await KeysAsync(host.Prefix)).Count(static key => key.Contains(":event:")).Should().Be(2);
    }

    [Fact]
    public async Task Consumers_TellWhoTheyAreAndWhatTheyDo_UntilTheyStop()
    {
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>(static (_, _) => default)
            .AddGroup("billing", group =>
            {
                group.Concurrency = 7;
                group.AddHandler<Invoice>(static (_, _) => default);
            })).Start();
        await ReportedTwiceAsync(host);

        var consumer = (await Groups(host).ListConsumersAsync())[0];
        consumer.Should().BeEquivalentTo(new
        {
            Machine = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Version = "0.1.0",
        });
        consumer.ClockOffset.Should().BeCloseTo(TimeSpan.Zero, TimeSpan.FromMinutes(1));
        consumer.SeenAt.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        consumer.StartedAt.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        consumer.Groups.Select(static group => (group.Group, group.Concurrency, group.Busy)).Should().Equal(
            ("default", new RedisTriggersOptions().Concurrency, 0), ("billing", 7, 0), ("$triggers", 64, 0));
        await UntilKnownAsync(host, "billing");
        (await Groups(host).FindAsync("billing"))!.Consumers.Should().ContainSingle(one => one.Name == consumer.Name);

        await host.StopAsync();
        (await Groups(host).ListConsumersAsync()).Should().BeEmpty();
        (await KeysAsync(host.Prefix)).Should().NotContain(static key => key.Contains(":consumer"));
        begun.TrySetResult();
        release.TrySetResult();
    }

    [Fact]
    public async Task AConsumer_TellsWhatItsBatchesGather()
    {
        await using var host = TestHost.Create(redis, build => build
            .AddBatchHandler<OrderPlaced>(
                static (_, _) => default,
                static options => (options.MaxSize, options.MaxWait, options.ByKey) = (50, TimeSpan.FromMinutes(10), true))
            .AddGroup("billing", static group => group
                .AddHandler<OrderPlaced>(static (_, _) => default)
                .AddBatchHandler<Invoice>(static (_, _) => default))).Start();
        await ReportedTwiceAsync(host);
        (await Groups(host).ListConsumersAsync())[0].Groups.Select(static group => group.Batches.Count).Should().Equal(1, 1, 0);
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2), new OrderPlaced(3)]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Leased == 3, "they are gathered");

        await Groups(host).SetConcurrencyAsync("default", 7, "ada");
        var reported = Array.Empty<ConsumerGroup>();
        await Wait.UntilAsync(
            async () => (reported = [.. (await Groups(host).ListConsumersAsync())[0].Groups])[0].Concurrency == 7, "it reports again");

        reported[0].Batches.Should().ContainSingle().Which.Should().BeEquivalentTo(new ConsumerBatches
        {
            EventTypes = ["order.placed"], MaxSize = 50, MaxWait = TimeSpan.FromMinutes(10), ByKey = true, Gathered = 3,
        });
        reported[1].Batches.Should().ContainSingle().Which.Should().BeEquivalentTo(new ConsumerBatches
        {
            EventTypes = ["invoice"], MaxSize = 100, MaxWait = TimeSpan.FromSeconds(1), ByKey = false, Gathered = 0,
        });
    }

    [Fact]
    public async Task AConsumerThatIsSilentForAMinute_IsGone()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock).Start();
        await ReportedTwiceAsync(host);
        var first = (await Groups(host).ListConsumersAsync())[0];

        ConsumerRecord? next = null;
        await UntilAsync(async () => (next = (await Groups(host).ListConsumersAsync())[0]).SeenAt > first.SeenAt, "it reports again");
        (next!.SeenAt - first.SeenAt).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(20));
        next.ClockOffset.Should().BeGreaterThanOrEqualTo(TimeSpan.Zero);

        // As a killed process leaves it; the next one to report forgets it.
        await redis.Database.SortedSetAddAsync(
            $"{{{host.Prefix}:0}}:consumers", "dead", clock.GetUtcNow().AddSeconds(-50).ToUnixTimeMilliseconds());
        await UntilAsync(
            async () => !(await redis.Database.SortedSetScoreAsync($"{{{host.Prefix}:0}}:consumers", "dead")).HasValue, "it is forgotten");

        // The loop sets its timer at a moment of its own, so the clock goes on in steps.
        Task UntilAsync(Func<Task<bool>> condition, string what) => Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return await condition();
            },
            what);
    }

    [Fact]
    public async Task AllPartitions_AreAskedAndChanged()
    {
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = TwoGroups(handled, static options => options.Partitions = 3).Start();
        await UntilKnownAsync(host, "billing", "default");
        await Groups(host).PauseAsync("billing", new PauseOptions { Reason = "why" });
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 300).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("default") == 300, "the other group handles all events");

        handled.Should().NotContainKey("billing");
        (await Groups(host).FindAsync("billing"))!.Counts.Ready.Should().Be(300);
        (await Groups(host).ListConsumersAsync()).Should().HaveCount(1);
        await host.StopAsync();
        (await Groups(host).RemoveAsync("billing")).Should().Be(RemoveGroupOutcome.Removed);
        (await Groups(host).FindAsync("billing")).Should().BeNull();
        (await Groups(host).FindAsync("default"))!.Counts.Processed.Should().Be(300);
    }

    // At its start, and when it has begun to listen.
    private static Task ReportedTwiceAsync(TestHost host) => Wait.UntilAsync(
        async () => await Groups(host).ListConsumersAsync() is [{ ClockOffset: not null }], "it reports twice");

    private static IGroupStore Groups(TestHost host) => host.Services.GetRequiredService<IGroupStore>();

    private static async Task UntilKnownAsync(TestHost host, params string[] groups) => await Wait.UntilAsync(
        async () => groups.All((await Groups(host).ListAsync()).Select(static group => group.Name).Contains), "the groups are subscribed");

    private TestHost TwoGroups(ConcurrentDictionary<string, int> handled, Action<RedisTriggersOptions>? configure = null)
    {
        ValueTask Note(EventContext<OrderPlaced> context)
        {
            handled.AddOrUpdate(context.Group, 1, static (_, count) => count + 1);
            return default;
        }

        return TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) => Note(context))
                .AddGroup("billing", group => group.AddHandler<OrderPlaced>((context, _) => Note(context))),
            configure);
    }

    private async Task<IReadOnlyList<string>> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        foreach (var server in redis.Database.Multiplexer.GetServers().Where(static server => !server.IsReplica))
        {
            await foreach (var key in server.KeysAsync(pattern: $"*{prefix}:*", pageSize: 1000))
            {
                keys.Add(key.ToString());
            }
        }

        return keys;
    }

    [EventType("invoice")]
    private sealed record Invoice(int Number);
}
