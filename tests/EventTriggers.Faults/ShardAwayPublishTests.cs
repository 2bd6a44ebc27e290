using System.Diagnostics;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>
/// While one shard is away, what is published to the others is accepted, and a call of many says what became of each event.
/// </summary>
public sealed class ShardAwayPublishTests(RedisFixture redis)
{
    private static Trigger Timer => Trigger.After(TimeSpan.FromHours(1)).Publish(new Probe("due"));

    // As is all that follows.
    [Theory]
    [Trait("Fault", "130")]
    [InlineData("killed", 600)]
    [InlineData("stopped", 600)]
    [InlineData("stopped", 12_000)]
    public async Task PublishMany_TellsWhatBecameOfEachEvent(string how, int count)
    {
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        await shards.SubscribeAsync("probe");
        await shards.LeaveAsync(how);
        var clock = Stopwatch.StartNew();

        var publish = shards.Host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new Probe($"{n}"))]).AsTask();
        await Wait.UntilAsync(
            async () => await shards.ReadyAsync() > count * shards.Alive.Count / ClusterTests.Partitions * 0.8, "the others accept theirs",
            within: Shards.Late);
        await Task.Delay(TimeSpan.FromSeconds(1));
        publish.IsCompleted.Should().BeFalse("the shard has its time");
        var ready = await shards.ReadyAsync();
        var failure = (await publish.Awaiting(static task => task).Should().ThrowAsync<IncompletePublishException>()).Which;
        clock.Elapsed.Should().BeLessThan(Shards.Timeout + Shards.Late);
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
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
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
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        await shards.LeaveAsync(how);

        var publish = async () => await shards.Host.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 600).Select(static n => new Probe($"{n}"))], WhenPlaced());
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
        await using var shards = await Shards.StartAsync(redis, Shards.Timeout);
        await shards.SubscribeAsync("probe");
        await shards.LeaveAsync("stopped");
        using var token = new CancellationTokenSource();

        var publish = shards.Host.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 12_000).Select(static n => new Probe($"{n}"))], cancellationToken: token.Token)
            .AsTask();
        await Wait.UntilAsync(async () => await shards.ReadyAsync() > 0, "some are accepted", within: Shards.Late);
        await token.CancelAsync();
        var failure = (await publish.Awaiting(static task => task).Should().ThrowAsync<IncompletePublishException>()).Which;

        var outcomes = failure.Results.CountBy(static result => result.Outcome).ToDictionary();
        outcomes.Should().ContainKeys(PublishOutcome.Accepted, PublishOutcome.Unknown, PublishOutcome.NotAccepted);
        outcomes[PublishOutcome.Unknown].Should()
            .BeLessThanOrEqualTo(400 * shards.Dead.Count, "four calls of a hundred were sent to each, and the rest is withdrawn");
        (await shards.ReadyAsync()).Should().Be(outcomes[PublishOutcome.Accepted]);
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

    // What waits for the shard that is away takes no room that others need.
    [Fact]
    public async Task APublishToAnotherShard_IsNotRefused_HoweverMuchWaits()
    {
        await using var shards = await Shards.StartAsync(
            redis, Shards.Timeout, configure: static options => options.MaxPendingPublishBytes = 1024 * 1024);
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

    private static PublishOptions WhenPlaced() => new()
    {
        Delay = TimeSpan.FromHours(1),
        CancelOn = EventCondition.On<OrderPlaced>(),
    };
}
