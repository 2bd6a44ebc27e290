using System.Collections.Concurrent;
using EventTriggers.Redis.Operations;
using static EventTriggers.Tests.Groups.GroupStoreScene;

namespace EventTriggers.Tests.Groups;

/// <summary>What an operator sees of groups and consumers, and what removing a group does.</summary>
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

        var groups = await host.Groups.ListAsync();
        groups.Select(static group => (group.Name, Types: string.Join(' ', group.Types), group.Counts.Leased, group.Counts.Dead))
            .Should().Equal(
                ("$triggers", string.Empty, 0, 0),
                ("audit", "invoice", 0, 0),
                ("billing", "invoice order.placed", 2, 0),
                ("default", "order.placed", 0, 2));
        groups.Should().OnlyContain(static group => group.Pause == null);
        (await host.Groups.FindAsync("billing")).Should()
            .BeEquivalentTo(groups[2], static options => options.Excluding(one => one.Consumers));
        (await host.Groups.FindAsync("nowhere")).Should().BeNull();
        release.SetResult();
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
        (await KeysAsync(redis, host.Prefix)).Should().Contain(static key => key.Contains(":parked:gone:"));

        await host.Groups.PauseAsync("gone");
        (await host.Groups.RemoveAsync("gone")).Should().Be(RemoveGroupOutcome.HasConsumers);
        await gone.LeaveAsync();
        (await host.Groups.RemoveAsync("gone")).Should().Be(RemoveGroupOutcome.Removed);

        // A second reader: no key names the group, and no field of an event does.
        var left = await KeysAsync(redis, host.Prefix);
        left.Should().NotContain(static key => key.Contains("gone"));
        foreach (var key in left.Where(static key => key.Contains(":event:")))
        {
            (await redis.Database.HashKeysAsync(key)).Should().NotContain(static field => field.ToString().EndsWith(":gone"), key);
            (await redis.Database.HashGetAsync(key, "refs")).ToString().Should().Be("1", key);
        }

        (await host.Events.FindAsync(own.Id)).Should().BeNull("only the group had it");
        (await host.Events.FindAsync(delayed.Id))!.Deliveries.Should().ContainSingle(static one => one.Group == "kept");
        (await kept.ClaimAllAsync()).Should().HaveCount(250);
        (await host.Groups.RemoveAsync("gone")).Should().Be(RemoveGroupOutcome.NotFound);
    }

    [Fact]
    public async Task AGroupThatDropsAType_GetsNoMoreOfIt_AndKeepsWhatItHas()
    {
        await using var host = TestHost.Create(redis);
        var (both, other) = (new ManualConsumer(host, "both"), new ManualConsumer(host, "other"));
        await both.SubscribeAsync("order.placed", "own");
        await other.SubscribeAsync("order.placed");
        var before = await host.Bus.PublishAsync(new OrderPlaced(1));

        (await host.Groups.UnsubscribeAsync("both", "order.placed")).Should().Be(RemoveGroupOutcome.HasConsumers);
        await both.LeaveAsync();
        (await host.Groups.UnsubscribeAsync("both", "order.placed")).Should().Be(RemoveGroupOutcome.Removed);
        (await host.Groups.UnsubscribeAsync("both", "order.placed")).Should().Be(RemoveGroupOutcome.NotFound);
        (await host.Groups.UnsubscribeAsync("nobody", "order.placed")).Should().Be(RemoveGroupOutcome.NotFound);
        var after = await host.Bus.PublishAsync(new OrderPlaced(2));
        var own = await host.Bus.PublishRawAsync("own", "1"u8.ToArray());

        (await host.Events.FindAsync(before.Id))!.Deliveries.Select(static one => one.Group).Should().BeEquivalentTo("both", "other");
        (await host.Events.FindAsync(after.Id))!.Deliveries.Select(static one => one.Group).Should().Equal("other");
        (await host.Events.FindAsync(own.Id))!.Deliveries.Select(static one => one.Group).Should().Equal("both");
        (await host.Groups.FindAsync("both"))!.Types.Should().Equal("own");
        (await both.ClaimAllAsync()).Select(static lease => lease.Delivery.Id).Should().Equal(before.Id, own.Id);
        await host.Groups.Invoking(static store => store.UnsubscribeAsync("both", "a b").AsTask()).Should()
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
        await host.Groups.RemoveAsync("gone", force: true);

        var next = new ManualConsumer(host, "next");
        await next.RepairAsync();
        await next.SubscribeAsync("order.placed");
        (await next.ClaimAsync()).Should().BeEmpty();
        (await host.Events.CountUnroutedAsync()).Types.Should().BeEmpty();
    }

    [Fact]
    public async Task ARemovedGroup_GetsNoFurtherEvents_AndIsMadeAnewByItsNextConsumer()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, "again");
        await consumer.SubscribeAsync("order.placed");
        (await host.Groups.RemoveAsync("again", force: true)).Should().Be(RemoveGroupOutcome.Removed);

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
        (await host.Groups.RemoveAsync("again")).Should().Be(RemoveGroupOutcome.Removed);
        (await KeysAsync(redis, host.Prefix)).Should().NotContain(static key => key.Contains(":again"));
        (await KeysAsync(redis, host.Prefix)).Count(static key => key.Contains(":event:")).Should().Be(1);
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
        await host.Groups.RemoveAsync("again", force: true);

        await consumer.SettleAsync(lease, EventTriggers.Consuming.Execution.Outcome.Done);
        (await host.Events.FindAsync(id)).Should().BeNull();
        (await KeysAsync(redis, host.Prefix)).Should().NotContain(static key => key.Contains(":again"));
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

        (await host.Groups.DiscardUnroutedAsync("lost")).Should().Be(230);
        (await host.Groups.DiscardUnroutedAsync("order.placed")).Should().Be(0, "triggers have it");
        (await host.Events.CountUnroutedAsync()).Types.Should().ContainSingle(static type => type.Type == "other" && type.Count == 1);
        (await host.Events.FindAsync(other.Id)).Should().NotBeNull();
        (await host.Events.FindAsync(matched.Id)).Should().NotBeNull("triggers have it");
        (await KeysAsync(redis, host.Prefix)).Count(static key => key.Contains(":event:")).Should().Be(2);
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

        var consumer = (await host.Groups.ListConsumersAsync())[0];
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
        (await host.Groups.FindAsync("billing"))!.Consumers.Should().ContainSingle(one => one.Name == consumer.Name);

        await host.StopAsync();
        (await host.Groups.ListConsumersAsync()).Should().BeEmpty();
        (await KeysAsync(redis, host.Prefix)).Should().NotContain(static key => key.Contains(":consumer"));
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
        (await host.Groups.ListConsumersAsync())[0].Groups.Select(static group => group.Batches.Count).Should().Equal(1, 1, 0);
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2), new OrderPlaced(3)]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Leased == 3, "they are gathered");

        await host.Groups.SetConcurrencyAsync("default", 7, "ada");
        var reported = Array.Empty<ConsumerGroup>();
        await Wait.UntilAsync(
            async () => (reported = [.. (await host.Groups.ListConsumersAsync())[0].Groups])[0].Concurrency == 7, "it reports again");

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
        var first = (await host.Groups.ListConsumersAsync())[0];

        ConsumerRecord? next = null;
        await UntilAsync(async () => (next = (await host.Groups.ListConsumersAsync())[0]).SeenAt > first.SeenAt, "it reports again");
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
        await using var host = TwoGroups(redis, handled, static options => options.Partitions = 3).Start();
        await UntilKnownAsync(host, "billing", "default");
        await host.Groups.PauseAsync("billing", new PauseOptions { Reason = "why" });
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 300).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("default") == 300, "the other group handles all events");

        handled.Should().NotContainKey("billing");
        (await host.Groups.FindAsync("billing"))!.Counts.Ready.Should().Be(300);
        (await host.Groups.ListConsumersAsync()).Should().HaveCount(1);
        await host.StopAsync();
        (await host.Groups.RemoveAsync("billing")).Should().Be(RemoveGroupOutcome.Removed);
        (await host.Groups.FindAsync("billing")).Should().BeNull();
        (await host.Groups.FindAsync("default"))!.Counts.Processed.Should().Be(300);
    }

    // At its start, and when it has begun to listen.
    private static Task ReportedTwiceAsync(TestHost host) => Wait.UntilAsync(
        async () => await host.Groups.ListConsumersAsync() is [{ ClockOffset: not null }], "it reports twice");
}
