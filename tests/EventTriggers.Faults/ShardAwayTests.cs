using System.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>
/// While one shard is away, calls to the others take their usual time, and a call that needs all of them says what it did without.
/// </summary>
public sealed class ShardAwayTests(RedisFixture redis)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    // Less than the time of a call, and far more than a busy machine stands still.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(3.5);

    private static Trigger Timer => Trigger.After(TimeSpan.FromHours(1)).Publish(new Probe("due"));

    [Theory]
    [Trait("Fault", "129")]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task CallsToOtherShards_TakeTheirUsualTime(string how)
    {
        await using var shards = await Shards.StartAsync(redis, TimeSpan.FromSeconds(10));
        var (bus, events, triggers) = (shards.Host.Bus, shards.Host.Events, shards.Host.Triggers);
        var ids = shards.AliveIds(40);
        foreach (var id in ids[..20])
        {
            await bus.PublishAsync(new Probe("x"), new PublishOptions { Id = id, Delay = TimeSpan.FromHours(1) });
            await triggers.AddAsync(Timer.WithId(id));
        }

        await shards.LeaveAsync(how);
        var stuck = shards.DeadIds(50).Select(id => bus.PublishAsync(new Probe("x"), new PublishOptions { Id = id }).AsTask()).ToArray();
        var clock = Stopwatch.StartNew();
        async Task EndsAsync(string what, Func<int, Task> call)
        {
            for (var n = 0; n < 20; n++)
            {
                clock.Restart();
                await call(n);
                clock.Elapsed.Should().BeLessThan(Late, $"{what} {n}");
            }
        }

        await EndsAsync("publish", n => bus.PublishAsync(new Probe("x"), new PublishOptions { Id = ids[20 + n] }).AsTask());
        await EndsAsync("find", async n => (await events.FindAsync(ids[n])).Should().NotBeNull());
        await EndsAsync("redrive", async n => (await events.RedriveAsync(ids[n])).Should().Be(RedriveOutcome.NotDead));
        await EndsAsync("cancel", async n => (await events.CancelAsync(ids[n])).Should().Be(CancelOutcome.Canceled));
        await EndsAsync("add a trigger", n => triggers.AddAsync(Timer.WithId(ids[20 + n])).AsTask());
        await EndsAsync("find a trigger", async n => (await triggers.FindAsync(ids[n])).Should().NotBeNull());
        await EndsAsync("pause", async n => (await triggers.PauseAsync(ids[n])).Should().Be(ChangeOutcome.Done));
        await EndsAsync("resume", async n => (await triggers.ResumeAsync(ids[n])).Should().Be(ChangeOutcome.Done));
        await EndsAsync(
            "reschedule", async n => (await triggers.RescheduleAsync(ids[n], DateTimeOffset.UtcNow.AddHours(2))).Should()
                .Be(ChangeOutcome.Done));
        await EndsAsync("history", n => triggers.HistoryAsync(ids[n]).AsTask());
        await EndsAsync("fire", async n => (await triggers.FireNowAsync(ids[n])).Should().Be(ChangeOutcome.Done));
        await EndsAsync("cancel a trigger", async n => (await triggers.CancelAsync(ids[20 + n])).Should().Be(CancelOutcome.Canceled));

        foreach (var publish in stuck)
        {
            await publish.Awaiting(static task => task).Should().ThrowAsync<StoreUnavailableException>();
        }
    }

    // What is watched is in every partition: it is taken out of those that answer, and the others cost a second.
    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task Cancel_OfWhatWatchesEvents_EndsSoon(string how)
    {
        await using var shards = await Shards.StartAsync(redis, TimeSpan.FromSeconds(10));
        var ids = shards.AliveIds(2);
        await shards.Host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Probe("x")).WithId(ids[0]));
        await shards.Host.Bus.PublishAsync(new Probe("x"), WhenPlaced(ids[1]));
        await shards.LeaveAsync(how);
        var clock = Stopwatch.StartNew();

        (await shards.Host.Triggers.CancelAsync(ids[0])).Should().Be(CancelOutcome.Canceled);
        (await shards.Host.Events.CancelAsync(ids[1])).Should().Be(CancelOutcome.Canceled);

        clock.Elapsed.Should().BeLessThan(Late + Late);
        foreach (var partition in shards.Alive)
        {
            (await shards.Database.SortedSetRangeByRankAsync(partition.Keys.Subscriptions("order.placed"))).Should().BeEmpty();
        }
    }

    // As is all that follows.
    [Theory]
    [Trait("Fault", "130")]
    [InlineData("killed", 600)]
    [InlineData("stopped", 600)]
    [InlineData("stopped", 12_000)]
    public async Task PublishMany_TellsWhatBecameOfEachEvent(string how, int count)
    {
        await using var shards = await Shards.StartAsync(redis, Timeout);
        await shards.SubscribeAsync("probe");
        await shards.LeaveAsync(how);
        var clock = Stopwatch.StartNew();

        var publish = shards.Host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new Probe($"{n}"))]).AsTask();
        await Wait.UntilAsync(
            async () => await ReadyAsync(shards) > count * shards.Alive.Count / ClusterTests.Partitions * 0.8, "the others accept theirs",
            within: Late);
        await Task.Delay(TimeSpan.FromSeconds(1));
        publish.IsCompleted.Should().BeFalse("the shard has its time");
        var ready = await ReadyAsync(shards);
        var failure = (await publish.Awaiting(static task => task).Should().ThrowAsync<IncompletePublishException>()).Which;
        clock.Elapsed.Should().BeLessThan(Timeout + Late);
        await shards.ReturnAsync(how);

        failure.MayHaveHappened.Should().BeTrue();
        failure.Results.Should().HaveCount(count);
        foreach (var (n, (id, outcome)) in failure.Results.Index())
        {
            var marker = await shards.Database.HashGetAllAsync(
                $"{{{shards.Host.Prefix}:{shards.Host.Keyspace.PartitionOf(id).Index}}}:event:{id}");
            (outcome == PublishOutcome.Accepted).Should().Be(!shards.IsDead(id), $"{n}: {outcome}");
            if (outcome != PublishOutcome.Unknown)
            {
                marker.Any(field => field.Value.ToString().Contains($"\"{n}\"", StringComparison.Ordinal)).Should()
                    .Be(outcome == PublishOutcome.Accepted, $"{n}: {outcome}");
            }
        }

        var outcomes = failure.Results.CountBy(static result => result.Outcome).ToDictionary();
        ready.Should().Be(outcomes[PublishOutcome.Accepted], "the others did not wait for it");
        outcomes.ContainsKey(PublishOutcome.Unknown).Should().Be(how == "stopped", "only a server with a connection was sent anything");
        (how == "killed" || count > 600).Should()
            .Imply(outcomes.ContainsKey(PublishOutcome.NotAccepted), "what waits for a connection, or behind what was sent, was not sent");
    }

    // The client would pass them to another server, which redirects them: then they would wait in the client, and run when the shard is
    // back.
    [Fact]
    [Trait("Fault", "129")]
    public async Task CallsToAShardThatWasKilled_AreNotSent_AndDoNotRunLater()
    {
        await using var shards = await Shards.StartAsync(redis, Timeout);
        var ids = shards.DeadIds(3);
        var (bus, triggers) = (shards.Host.Bus, shards.Host.Triggers);
        await triggers.AddAsync(Timer.WithId(ids[2]));
        await shards.LeaveAsync("killed");

        Task[] calls =
        [
            bus.PublishAsync(new Probe("x"), new PublishOptions { Id = ids[0] }).AsTask(),
            triggers.AddAsync(Timer.WithId(ids[1])).AsTask(),
            triggers.CancelAsync(ids[2]).AsTask(),
        ];
        var failures = await Task.WhenAll(
            calls.Select(static async call => (await call.Awaiting(static task => task).Should().ThrowAsync<StoreUnavailableException>())
                .Which));
        await shards.ReturnAsync("killed");

        failures.Should().OnlyContain(static failure => !failure.MayHaveHappened);
        failures.Should().OnlyContain(static failure => failure.Message.Contains("nothing was changed", StringComparison.Ordinal));
        (await shards.Host.Events.FindAsync(ids[0])).Should().BeNull();
        (await triggers.FindAsync(ids[1])).Should().BeNull();
    }

    // What would cancel an event comes from any partition: the accepted ones are watched for where that is possible, and the caller is told
    // that it is not everywhere.
    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task PublishMany_WhenItIsWatchedForWhatCancels_WatchesForWhatWasAccepted(string how)
    {
        await using var shards = await Shards.StartAsync(redis, Timeout);
        await shards.LeaveAsync(how);

        var publish = async () => await shards.Host.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 600).Select(static n => new Probe($"{n}"))], WhenPlaced(id: null));
        var failure = (await publish.Should().ThrowAsync<IncompletePublishException>()).Which;

        failure.Message.Should().Contain("may not be canceled by the events that should do so");
        var accepted = failure.Results.Where(static result => result.Outcome == PublishOutcome.Accepted).Select(static result => result.Id)
            .ToArray();
        accepted.Should().BeEquivalentTo(failure.Results.Select(static result => result.Id).Where(id => !shards.IsDead(id)));
        foreach (var partition in shards.Alive)
        {
            (await shards.Database.SortedSetRangeByRankAsync(partition.Keys.Subscriptions("order.placed")))
                .Select(static member => member.ToString().Split('#')[0]).Should().BeEquivalentTo(accepted);
        }
    }

    [Fact]
    public async Task PublishMany_WhenItIsWithdrawn_TellsWhatWasAccepted()
    {
        await using var shards = await Shards.StartAsync(redis, Timeout);
        await shards.SubscribeAsync("probe");
        await shards.LeaveAsync("stopped");
        using var token = new CancellationTokenSource();

        var publish = shards.Host.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 12_000).Select(static n => new Probe($"{n}"))], cancellationToken: token.Token)
            .AsTask();
        await Wait.UntilAsync(async () => await ReadyAsync(shards) > 0, "some are accepted", within: Late);
        await token.CancelAsync();
        var failure = (await publish.Awaiting(static task => task).Should().ThrowAsync<IncompletePublishException>()).Which;

        var outcomes = failure.Results.CountBy(static result => result.Outcome).ToDictionary();
        outcomes.Should().ContainKeys(PublishOutcome.Accepted, PublishOutcome.Unknown, PublishOutcome.NotAccepted);
        outcomes[PublishOutcome.Unknown].Should()
            .BeLessThanOrEqualTo(400 * shards.Dead.Count, "four calls of a hundred were sent to each, and the rest is withdrawn");
        (await ReadyAsync(shards)).Should().Be(outcomes[PublishOutcome.Accepted]);
    }

    [Fact]
    public async Task PublishMany_WhenNothingWasSent_IsWithdrawnAsAnyCall()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var connection = await server.ConnectAsync();
        await using var host = TestHost.Create(redis, configure: static options => options.Partitions = 3, connection: connection);
        await host.Keyspace.EnsureReadyAsync();
        await server.KillAsync();
        await Wait.UntilAsync(() => !connection.IsConnected, "the client notices");
        using var token = new CancellationTokenSource(TimeSpan.FromSeconds(0.3));

        var publish = async () => await host.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 60).Select(static n => new Probe($"{n}"))], cancellationToken: token.Token);

        await publish.Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task Counts_NameThePartitionsThatTheyLack(string how)
    {
        await using var shards = await Shards.StartAsync(redis, Timeout);
        await shards.SubscribeAsync("probe");
        await PublishAsync(shards, 200);
        await shards.Host.Bus.PublishManyAsync([.. Enumerable.Range(0, 200).Select(static n => new OrderPlaced(n))]);
        var (all, unrouted) = (await shards.Host.Events.CountAsync(), await shards.Host.Events.CountUnroutedAsync());
        (all.Ready, all.UnreadPartitions.Count, unrouted.Types.Single().Count, unrouted.UnreadPartitions.Count).Should()
            .Be((200L, 0, 200L, 0));
        await shards.LeaveAsync(how);
        var clock = Stopwatch.StartNew();

        var counted = await Task.WhenAll(
            Task.Run(async () => await shards.Host.Events.CountAsync() is var some ? (some.Ready, some.UnreadPartitions) : default),
            Task.Run(
                async () => await shards.Host.Events.CountUnroutedAsync() is var some
                    ? (some.Types.Single().Count, some.UnreadPartitions)
                    : default));

        clock.Elapsed.Should().BeLessThan(Timeout + Late, "each partition has the same time");
        counted[0].Item1.Should().Be(await ReadyAsync(shards)).And.BeLessThan(200);
        counted[1].Item1.Should()
            .Be(await LengthAsync(shards, static partition => partition.Keys.Unrouted("order.placed"))).And.BeLessThan(200);
        counted.Should().OnlyContain(some => some.Item2.SequenceEqual(shards.Dead));
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task Queries_ReturnWhatTheOthersHold_AndSayWhatTheyLack(string how)
    {
        await using var shards = await Shards.StartAsync(redis, Timeout);
        await shards.SubscribeAsync("probe");
        var routed = (await PublishAsync(shards, 600)).Select(static id => id).ToArray();
        var unrouted = (await shards.Host.Bus.PublishManyAsync([.. Enumerable.Range(0, 600).Select(static n => new OrderPlaced(n))]))
            .Select(static result => result.Id).ToArray();
        var timers = await Task.WhenAll(
            Enumerable.Range(0, 600).Select(async _ => (await shards.Host.Triggers.AddAsync(Timer.Tagged("all")))));
        await shards.LeaveAsync(how);

        var results = await Task.WhenAll(
            TimedQuery.ReadAsync(shards.Host.Events.QueryAsync(new EventQuery()), static found => found.Id),
            TimedQuery.ReadAsync(shards.Host.Events.QueryUnroutedAsync(), static found => found.Id),
            TimedQuery.ReadAsync(shards.Host.Events.QueryUnroutedAsync("order.placed"), static found => found.Id),
            TimedQuery.ReadAsync(shards.Host.Triggers.QueryAsync(new TriggerQuery()), static found => found.Id),
            TimedQuery.ReadAsync(shards.Host.Triggers.QueryAsync(new TriggerQuery { Tag = "all" }), static found => found.Id));

        foreach (var (i, (found, last, ended, failure)) in results.Index())
        {
            var all = i == 0 ? routed : i < 3 ? unrouted : timers;
            found.Should().BeEquivalentTo(all.Where(id => !shards.IsDead(id)), $"query {i}");
            failure.Should().BeOfType<IncompleteResultException>($"query {i}").Which.UnreadPartitions.Should().Equal(shards.Dead);
            failure!.Message.Should()
                .Contain($"of partition{(shards.Dead.Count == 1 ? string.Empty : "s")} {string.Join(", ", shards.Dead)};");
            ended.Should().BeLessThan(Timeout + Late, "what is away has its time once");
            (i < 3 || last < Late).Should()
                .BeTrue($"query {i}: nothing but the order of events waits for what is away, and the last came after {last}");
        }
    }

    [Fact]
    public async Task Query_ThatIsLeftEarly_WaitsForNoShard()
    {
        await using var shards = await Shards.StartAsync(redis, TimeSpan.FromSeconds(30));
        foreach (var id in shards.AliveIds(50).Concat(shards.DeadIds(50)))
        {
            await shards.Host.Triggers.AddAsync(Timer.WithId(id));
        }

        await shards.LeaveAsync("stopped");
        var clock = Stopwatch.StartNew();

        (await shards.Host.Triggers.QueryAsync(new TriggerQuery()).Take(50).CountAsync()).Should().Be(50);

        clock.Elapsed.Should().BeLessThan(Late);
    }

    [Fact]
    public async Task Query_DuringWhichAShardGoes_ReturnsTheRestOfTheOthers()
    {
        await using var shards = await Shards.StartAsync(redis, Timeout);
        await shards.SubscribeAsync("probe");
        var ids = (await PublishAsync(shards, 1200)).Select(static id => id).ToArray();
        var timers = await Task.WhenAll(Enumerable.Range(0, 1200).Select(async _ => (await shards.Host.Triggers.AddAsync(Timer))));
        var gone = new TaskCompletionSource();
        async ValueTask GoAsync()
        {
            if (gone.TrySetResult())
            {
                await shards.LeaveAsync("stopped");
            }
        }

        var events = await TimedQuery.ReadAsync(shards.Host.Events.QueryAsync(new EventQuery()), static found => found.Id, GoAsync);
        var triggers = await TimedQuery.ReadAsync(shards.Host.Triggers.QueryAsync(new TriggerQuery()), static found => found.Id);

        foreach (var (found, all) in new[] { (events, ids), (triggers, timers) })
        {
            found.Found.Should().OnlyHaveUniqueItems().And.BeSubsetOf(all).And.Contain(all.Where(id => !shards.IsDead(id)));
            found.Found.Count.Should().BeLessThan(1200);
            found.Failure.Should().BeOfType<IncompleteResultException>().Which.UnreadPartitions.Should().Equal(shards.Dead);
            found.Ended.Should().BeLessThan(Timeout + Late);
        }

        events.Found.Should().Contain(id => shards.IsDead(id), "a page of it was read before");
    }

    [Fact]
    public async Task Calls_ThatNoPartitionAnswers_Fail()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var connection = await server.ConnectAsync();
        await using var host = TestHost.Create(
            redis, configure: static options => (
                options.Partitions, options.OperationTimeout) = (3, TimeSpan.FromSeconds(1)), connection: connection);
        await host.Keyspace.EnsureReadyAsync();
        await server.KillAsync();
        Func<Task>[] reads =
        [
            () => host.Events.CountAsync().AsTask(),
            () => host.Events.CountUnroutedAsync().AsTask(),
            () => host.Events.QueryAsync(new EventQuery()).CountAsync().AsTask(),
            () => host.Events.QueryUnroutedAsync().CountAsync().AsTask(),
            () => host.Triggers.QueryAsync(new TriggerQuery()).CountAsync().AsTask(),
        ];

        await Task.WhenAll(reads.Select(static async read => await read.Should().ThrowExactlyAsync<StoreUnavailableException>()));
        var publish = async () => await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 60).Select(static n => new Probe($"{n}"))]);
        var failure = (await publish.Should().ThrowAsync<IncompletePublishException>()).Which;

        failure.MayHaveHappened.Should().BeFalse();
        failure.Results.Should().HaveCount(60).And.OnlyContain(static result => result.Outcome == PublishOutcome.NotAccepted);
    }

    // What waits for the shard that is away takes no room that others need.
    [Fact]
    public async Task APublishToAnotherShard_IsNotRefused_HoweverMuchWaits()
    {
        await using var shards = await Shards.StartAsync(
            redis, Timeout, configure: static options => options.MaxPendingPublishBytes = 1024 * 1024);
        await shards.LeaveAsync("stopped");
        var large = new Probe(new string('x', 10_000));

        var stuck = shards.DeadIds(400).Select(id => shards.Host.Bus.PublishAsync(large, new PublishOptions { Id = id }).AsTask())
            .ToArray();
        var refused = stuck.Count(static publish => publish.IsFaulted);
        foreach (var ids in shards.AliveIds(60).Chunk(6))
        {
            await Task.WhenAll(ids.Select(id => shards.Host.Bus.PublishAsync(large, new PublishOptions { Id = id }).AsTask()));
        }

        refused.Should().BeInRange(250, 399, "more than fits was published");
        await Task.WhenAll(stuck).ContinueWith(static _ => { }, TaskScheduler.Default);
        stuck.Count(static publish => publish.Exception!.InnerException is PublishBacklogFullException).Should().Be(refused);
        stuck.Count(static publish => publish.Exception!.InnerException is StoreUnavailableException).Should().Be(stuck.Length - refused);
    }

    private static PublishOptions WhenPlaced(string? id) => new()
    {
        Id = id is null ? null : id,
        Delay = TimeSpan.FromHours(1),
        CancelOn = EventCondition.On<OrderPlaced>(),
    };

    private static async Task<IReadOnlyList<string>> PublishAsync(Shards shards, int count) =>
        (await shards.Host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new Probe($"{n}"))])).Ids();

    // How many are ready on the nodes that stay, as these say.
    private static Task<long> ReadyAsync(Shards shards) => LengthAsync(shards, static partition => partition.Keys.Of("default").Ready);

    private static async Task<long> LengthAsync(Shards shards, Func<Partition, RedisKey> key)
    {
        var all = 0L;
        foreach (var partition in shards.Alive)
        {
            all += await shards.Database.ListLengthAsync(key(partition));
        }

        return all;
    }
}
