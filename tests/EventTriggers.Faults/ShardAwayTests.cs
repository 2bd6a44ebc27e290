using System.Diagnostics;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>
/// While one shard is away, calls to the others take their usual time.
/// </summary>
public sealed class ShardAwayTests(RedisFixture redis)
{
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
                clock.Elapsed.Should().BeLessThan(Shards.Late, $"{what} {n}");
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

    [Theory]
    [Trait("Fault", "147")]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task AGroup_IsPausedInThePartitionsThatAnswer_AndInTheOthersByTheNextCall(string how)
    {
        await using var shards = await Shards.StartAsync(redis, TimeSpan.FromSeconds(3));
        await shards.SubscribeAsync("probe");
        var groups = shards.Host.Services.GetRequiredService<IGroupStore>();
        await shards.LeaveAsync(how);

        await groups.Invoking(static store => store.PauseAsync("default").AsTask()).Should().ThrowAsync<StoreUnavailableException>();

        async Task<IEnumerable<int>> PausedAsync() =>
            from partition in await Task.WhenAll(shards.Alive.Select(async partition => (
                partition.Index, Value: await shards.Database.HashGetAsync(partition.Keys.Settings("default"), "paused"))))
            where partition.Value == -1
            select partition.Index;
        (await PausedAsync()).Should().Equal(shards.Alive.Select(static partition => partition.Index));
        (await groups.FindAsync("default"))!.Should().Match<GroupRecord>(
            group => group.Pause != null && group.Counts.UnreadPartitions.Count == shards.Dead.Count);
        await shards.ReturnAsync(how);
        (await groups.PauseAsync("default")).Should().Be(ChangeOutcome.Done);
        foreach (var partition in shards.Host.Keyspace.Partitions)
        {
            (await shards.Database.HashGetAsync(partition.Keys.Settings("default"), "paused")).ToString().Should().Be("-1");
        }
    }

    [Theory]
    [Trait("Fault", "151")]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task AnExplanation_NeedsThePartitionsOfTheEventAndTheTrigger_AndNoOther(string how)
    {
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        var triggers = shards.Host.Triggers;
        var (here, away) = (shards.AliveIds(1, "trigger")[0], shards.DeadIds(1, "trigger")[0]);
        var (source, gone) = (shards.AliveIds(1, "event")[0], shards.DeadIds(1, "event")[0]);
        await triggers.AddAsync(Trigger.On("probe").Publish(new Probe("x")).WithId(here));
        await triggers.AddAsync(Trigger.On("probe").Publish(new Probe("x")).WithId(away));
        await shards.Host.Bus.PublishAsync(new Probe("x"), new PublishOptions { Id = source });
        await shards.Host.Bus.PublishAsync(new Probe("x"), new PublishOptions { Id = gone });
        await shards.LeaveAsync(how);

        var clock = Stopwatch.StartNew();
        (await triggers.ExplainAsync(here, source))!.Verdict.Should().Be(TriggerVerdict.WouldFire);
        clock.Elapsed.Should().BeLessThan(Shards.Late);
        foreach (var (trigger, one) in ((string, string)[])[(away, source), (here, gone)])
        {
            clock.Restart();
            await triggers.Invoking(store => store.ExplainAsync(trigger, one).AsTask()).Should()
                .ThrowAsync<StoreUnavailableException>().Where(static e => !e.MayHaveHappened);
            clock.Elapsed.Should().BeLessThan(Shards.Timeout + Shards.Late);
        }

        var all = await ExplainTypeAsync();
        all.Triggers.Should().ContainSingle().Which.Trigger.Id.Should().Be(here);
        all.UnreadPartitions.Should().Equal(shards.Host.Keyspace.PartitionOf(away).Index);
        await shards.ReturnAsync(how);
        (await triggers.ExplainAsync(away, gone))!.Verdict.Should().Be(TriggerVerdict.WouldFire);

        // The payload would be published in any partition: in one that is away, the call fails.
        async Task<TypeExplanation> ExplainTypeAsync()
        {
            while (true)
            {
                try
                {
                    return await triggers.ExplainAsync("probe", "{}"u8.ToArray());
                }
                catch (StoreUnavailableException)
                {
                    // The next one is published elsewhere.
                }
            }
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
        await shards.Host.Bus.PublishAsync(new Probe("x"), new PublishOptions
        {
            Id = ids[1],
            Delay = TimeSpan.FromHours(1),
            CancelOn = EventCondition.On<OrderPlaced>(),
        });
        await shards.LeaveAsync(how);
        var clock = Stopwatch.StartNew();

        (await shards.Host.Triggers.CancelAsync(ids[0])).Should().Be(CancelOutcome.Canceled);
        (await shards.Host.Events.CancelAsync(ids[1])).Should().Be(CancelOutcome.Canceled);

        clock.Elapsed.Should().BeLessThan(Shards.Late + Shards.Late);
        foreach (var partition in shards.Alive)
        {
            (await shards.Database.SortedSetRangeByRankAsync(partition.Keys.Subscriptions("order.placed"))).Should().BeEmpty();
        }
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
}
