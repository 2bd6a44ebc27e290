using System.Diagnostics;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>
/// While one shard is away, counts, queries and pages say what the others hold, and name what they lack.
/// </summary>
public sealed class ShardAwayReadTests(RedisFixture redis)
{
    private static Trigger Timer => Trigger.After(TimeSpan.FromHours(1)).Publish(new Probe("due"));

    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task Counts_NameThePartitionsThatTheyLack(string how)
    {
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        await shards.SubscribeAsync("probe");
        await shards.PublishAsync(200);
        await shards.Host.Bus.PublishSpreadAsync(Enumerable.Range(0, 200).Select(static n => new OrderPlaced(n)));
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

        clock.Elapsed.Should().BeLessThan(Shards.Timeout + Shards.Late, "each partition has the same time");
        counted[0].Item1.Should().Be(await shards.ReadyAsync()).And.BeLessThan(200);
        counted[1].Item1.Should()
            .Be(await shards.LengthAsync(static partition => partition.Keys.Unrouted("order.placed"))).And.BeLessThan(200);
        counted.Should().OnlyContain(some => some.Item2.SequenceEqual(shards.Dead));
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task Queries_ReturnWhatTheOthersHold_AndSayWhatTheyLack(string how)
    {
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        await shards.SubscribeAsync("probe");
        var routed = await shards.PublishAsync(600);
        var unrouted = await shards.Host.Bus.PublishSpreadAsync(Enumerable.Range(0, 600).Select(static n => new OrderPlaced(n)));
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
            ended.Should().BeLessThan(Shards.Timeout + Shards.Late, "what is away has its time once");
            (i < 3 || last < Shards.Late).Should()
                .BeTrue($"query {i}: nothing but the order of events waits for what is away, and the last came after {last}");
        }
    }

    [Fact]
    [Trait("Fault", "130")]
    public async Task Pages_WithoutAShard_ListTheOthersAndNameIt()
    {
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        await shards.SubscribeAsync("probe");
        var ids = (await shards.PublishAsync(200)).Select(static id => id).ToArray();
        var timers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ => (await shards.Host.Triggers.AddAsync(Timer))));
        var half = await shards.Host.Events.ListAsync(new EventQuery(), limit: 100);
        await shards.LeaveAsync("stopped");

        var rest = await shards.Host.Events.ListAsync(new EventQuery(), half.Cursor, 200);
        var triggers = await shards.Host.Triggers.ListAsync(new TriggerQuery(), limit: 200);

        half.UnreadPartitions.Should().BeEmpty();
        rest.UnreadPartitions.Should().Equal(shards.Dead);
        rest.Cursor.Should().BeNull("what could not be read does not keep the list from its end");
        rest.Events.Select(static one => one.Id).Should()
            .BeEquivalentTo(ids.Where(id => !shards.IsDead(id)).Except(half.Events.Select(static one => one.Id)));
        triggers.UnreadPartitions.Should().Equal(shards.Dead);
        triggers.Triggers.Select(static one => one.Id).Should().BeEquivalentTo(timers.Where(id => !shards.IsDead(id)));
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

        clock.Elapsed.Should().BeLessThan(Shards.Late);
    }

    [Fact]
    public async Task Query_DuringWhichAShardGoes_ReturnsTheRestOfTheOthers()
    {
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        await shards.SubscribeAsync("probe");
        var ids = (await shards.PublishAsync(1200)).Select(static id => id).ToArray();
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
            found.Ended.Should().BeLessThan(Shards.Timeout + Shards.Late);
        }

        events.Found.Should().Contain(id => shards.IsDead(id), "a page of it was read before");
    }
}
