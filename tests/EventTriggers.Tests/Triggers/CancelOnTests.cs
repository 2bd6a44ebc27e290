namespace EventTriggers.Tests.Triggers;

/// <summary>What would cancel an event is not watched for longer than there is something to cancel.</summary>
public sealed class CancelOnTests(RedisFixture redis)
{
    private static readonly PublishOptions WhenPaid = new() { CancelOn = EventCondition.On("paid", """{"order":[7]}""") };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Settle_OfAnEventThatOthersWouldCancel_TakesOutWhatIsWatched(int partitions)
    {
        await using var host = TestHost.Create(redis, static build => build.AddHandler<Reminder>(static (_, _) => default), options => options.Partitions = partitions).Start();

        await host.Bus.PublishAsync(new Reminder(1), WhenPaid);

        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Processed: 1 } && await WatchedAsync(host) == 0, "the watch is taken out in every partition");
    }

    [Fact]
    public async Task Settle_OfADeadLetter_TakesOutWhatIsWatched()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<Reminder>(static (_, _) => throw new InvalidOperationException("No.")), static options => options.MaxAttempts = 2).Start();

        await host.Bus.PublishAsync(new Reminder(1), WhenPaid);

        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Dead: 1 } && await WatchedAsync(host) == 0, "the watch is taken out");
    }

    // One group is done; the other can still be cancelled.
    [Fact]
    public async Task Settle_WhileAnotherGroupHasNotHandledIt_LeavesItCancelable()
    {
        await using var host = TestHost.Create(redis);
        var (first, second) = (new ManualConsumer(host), new ManualConsumer(host, "second"));
        await first.SubscribeAsync("order.reminder");
        await second.SubscribeAsync("order.reminder");
        await host.Bus.PublishAsync(new Reminder(1), WhenPaid);

        await first.SettleAsync(await first.ClaimOneAsync(), Outcome.Done);
        var between = await WatchedAsync(host);
        await second.SettleAsync(await second.ClaimOneAsync(), Outcome.Done);

        between.Should().Be(1);
        (await WatchedAsync(host)).Should().Be(0);
    }

    [Fact]
    public async Task Settle_OfARetry_LeavesItCancelable()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Bus.PublishAsync(new Reminder(1), WhenPaid);

        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Retry);

        (await WatchedAsync(host)).Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Cancel_OfAnEventThatOthersWouldCancel_TakesOutWhatIsWatched(int partitions)
    {
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions);
        await host.Keyspace.EnsureReadyAsync();
        var id = (await host.Bus.PublishAsync(new Reminder(1), new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = WhenPaid.CancelOn })).Id;
        var before = await WatchedAsync(host);

        var outcome = await host.Events.CancelAsync(id);

        (before, outcome, await WatchedAsync(host)).Should().Be((partitions, CancelOutcome.Canceled, 0));
    }

    // What was cancelled by an event in one partition was watched in all of them.
    [Fact]
    public async Task Match_OfWhatCancels_TakesItOutEverywhere()
    {
        await using var scene = await MatchScene.CreateAsync(redis, configure: static options => options.Partitions = 3);
        await scene.Host.Bus.PublishAsync(new Reminder(1), new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = EventCondition.On<OrderPlaced>(o => o.Number == 7) });
        await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 7).Publish(new Reminder(2)));
        var before = await WatchedAsync(scene.Host, "order.placed");

        await scene.PlaceInAsync(1, 7);

        (before, await WatchedAsync(scene.Host, "order.placed")).Should().Be((6, 0));
    }

    private async Task<long> WatchedAsync(TestHost host, string type = "paid") =>
        (await Task.WhenAll(host.Keyspace.Partitions.Select(partition => redis.Database.SortedSetLengthAsync(partition.Keys.On(type))))).Sum();
}
