using EventTriggers.Consuming.Execution;
using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>What would cancel an event or a trigger is not watched for longer than there is something to cancel.</summary>
public sealed class CancelOnTests(RedisFixture redis)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly EventCondition Paid = EventCondition.On("paid", """{"order":[7]}""");

    private static readonly PublishOptions WhenPaid = new() { CancelOn = EventCondition.On("paid", """{"order":[7]}""") };

    public static TheoryData<string, int> Endings
    {
        get
        {
            var endings = new TheoryData<string, int>();
            foreach (var ending in (string[])[
                "due", "moved", "last", "planned", "now", "over", "matched", "matched late", "counted", "quiet",
            ])
            {
                endings.Add(ending, 1);
                endings.Add(ending, 3);
            }

            return endings;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Settle_OfAnEventThatOthersWouldCancel_RemovesItsSubscriptions(int partitions)
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<Reminder>(static (_, _) => default), options => options.Partitions = partitions)
            .Start();

        await host.Bus.PublishAsync(new Reminder(1), WhenPaid);

        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Processed: 1 }
                && await SubscriptionsAsync(host) == 0, "the watch is taken out in every partition");
    }

    [Fact]
    public async Task Settle_OfADeadLetter_RemovesItsSubscriptions()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<Reminder>(
                static (_, _) => throw new InvalidOperationException("No.")), static options => options.MaxAttempts = 2).Start();

        await host.Bus.PublishAsync(new Reminder(1), WhenPaid);

        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Dead: 1 } && await SubscriptionsAsync(host) == 0, "the watch is taken out");
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
        var between = await SubscriptionsAsync(host);
        await second.SettleAsync(await second.ClaimOneAsync(), Outcome.Done);

        between.Should().Be(1);
        (await SubscriptionsAsync(host)).Should().Be(0);
    }

    [Fact]
    public async Task Settle_OfARetry_LeavesItCancelable()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Bus.PublishAsync(new Reminder(1), WhenPaid);

        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Retry);

        (await SubscriptionsAsync(host)).Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Cancel_OfAnEventThatOthersWouldCancel_RemovesItsSubscriptions(int partitions)
    {
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions);
        await host.Keyspace.EnsureReadyAsync();
        var id = (await host.Bus.PublishAsync(
            new Reminder(1), new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = WhenPaid.CancelOn })).Id;
        var before = await SubscriptionsAsync(host);

        var outcome = await host.Events.CancelAsync(id);

        (before, outcome, await SubscriptionsAsync(host)).Should().Be((partitions, CancelOutcome.Canceled, 0));
    }

    // What was cancelled by an event in one partition was watched in all of them.
    [Fact]
    public async Task Match_OfWhatCancels_TakesItOutEverywhere()
    {
        await using var scene = await MatchScene.CreateAsync(redis, configure: static options => options.Partitions = 3);
        await scene.Host.Bus.PublishAsync(
            new Reminder(1),
            new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = EventCondition.On<OrderPlaced>(o => o.Number == 7) });
        await scene.Host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).CancelOn<OrderPlaced>(o => o.Number == 7).Publish(new Reminder(2)));
        var before = await SubscriptionsAsync(scene.Host, "order.placed");

        await scene.PlaceInAsync(1, 7);

        (before, await SubscriptionsAsync(scene.Host, "order.placed")).Should().Be((6, 0));
    }

    // However it ends; also where it is forgotten at once.
    [Theory]
    [MemberData(nameof(Endings))]
    public async Task ATriggerThatHasEnded_HasNoSubscriptionsAnyMore(string ending, int partitions)
    {
        await using var scene = await MatchScene.CreateAsync(
            redis, Clock.At2030(), options => (options.Partitions, options.ProcessedLimit) = (partitions, partitions == 1 ? 0 : 100));
        var id = await scene.Host.Triggers.AddAsync(EndingBy(ending, scene.Clock.GetUtcNow() + Hour).CancelOn(Paid).WithId("t"));
        var home = scene.Host.Keyspace.PartitionOf(id);
        var before = await SubscriptionsAsync(scene.Host);
        await EndAsync(scene, ending, id, home.Index);
        var noted = await redis.Database.SortedSetLengthAsync(home.Keys.EndedSubscriptions);

        await RemoveSubscriptionsAsync(scene.Host);

        (before, noted, await SubscriptionsAsync(scene.Host)).Should().Be((partitions, 1, 0));
        (await redis.Database.KeyExistsAsync(home.Keys.EndedSubscriptions)).Should().BeFalse();
    }

    [Fact]
    public async Task AHost_TakesOutWhatWouldCancelATriggerThatHasEnded_WithinAMinuteOrTwo()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<Reminder>(static (_, _) => default), static options => options.Partitions = 3, clock)
            .Start();
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).CancelOn(Paid).Publish(new Reminder(1)));
        await host.Triggers.FireNowAsync(id);

        var noted = await SubscriptionsAsync(host);
        var minutes = 0;
        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                minutes++;
                await Task.Delay(50);
                return await SubscriptionsAsync(host) == 0;
            },
            "the watch is taken out");

        (noted, minutes < 60).Should().Be((3, true), "it is not the expiry that took it out");
    }

    [Fact]
    public async Task ATriggerThatGoesOn_IsStillCanceled()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var every = await scene.Host.Triggers.AddAsync(Trigger.Every(Hour).MaxFirings(3).CancelOn(Paid).Publish(new Reminder(1)));
        var on = await scene.Host.Triggers.AddAsync(Trigger.On<OrderPlaced>().MaxFirings(2).CancelOn(Paid).Publish(new Reminder(1)));
        await scene.PassAsync(Hour);
        await scene.PlaceAsync(1);
        await RemoveSubscriptionsAsync(scene.Host);

        await scene.PublishAsync("paid", """{"order":7}""");

        (await scene.Host.Triggers.FindAsync(every))!.Should().BeEquivalentTo(new { Status = TriggerStatus.Canceled, FiringCount = 1L });
        (await scene.Host.Triggers.FindAsync(on))!.Should().BeEquivalentTo(new { Status = TriggerStatus.Canceled, FiringCount = 1L });
    }

    // What is noted names one trigger of an id.
    [Fact]
    public async Task ATriggerOfTheSameIdAsOneThatHasEnded_IsStillCanceled()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var trigger = Trigger.After(Hour).CancelOn(Paid).WithId("t").Publish(new Reminder(1));
        await scene.Host.Triggers.AddAsync(trigger);
        await scene.PassAsync(Hour);
        var id = await scene.Host.Triggers.AddAsync(trigger);
        await RemoveSubscriptionsAsync(scene.Host);

        await scene.PublishAsync("paid", """{"order":7}""");

        (await scene.Host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Canceled);
        (await SubscriptionsAsync(scene.Host)).Should().Be(0);
    }

    [Fact]
    public async Task Cancel_OfATriggerThatWasMovedFarAway_RemovesItsSubscriptions()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.Host.Triggers.AddAsync(Trigger.After(Hour).CancelOn(Paid).Publish(new Reminder(1)));
        await scene.Host.Triggers.RescheduleAsync(id, scene.Clock.GetUtcNow().AddDays(10));
        var before = await SubscriptionsAsync(scene.Host);

        await scene.Host.Triggers.CancelAsync(id);

        (before, await SubscriptionsAsync(scene.Host)).Should().Be((2, 0));
    }

    [Fact]
    public async Task ATriggerWithoutCancelOn_NotesNothing()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));
        await scene.Host.Triggers.AddAsync(Trigger.On<OrderPlaced>().MaxFirings(1).Publish(new Reminder(1)));

        await scene.PassAsync(Hour);
        await scene.PlaceAsync(1);

        (await scene.RaisedAsync()).Should().HaveCount(2);
        (await redis.Database.KeyExistsAsync(scene.Host.Keyspace.Partitions[0].Keys.EndedSubscriptions)).Should().BeFalse();
    }

    // It stays noted until every partition has forgotten it.
    [Fact]
    public async Task RemoveSubscriptions_ThatFails_IsTriedAgain()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync();
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), static options => options.Partitions = 3, connection);
        await using var refused = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(
                server, connection, commands: LeastPrivilege.Commands.Replace(
                    " +zremrangebyrank", string.Empty, StringComparison.Ordinal)));
        await using var failing = TestHost.Create(
            redis, configure: static options => options.Partitions = 3, prefix: scene.Host.Prefix, connection: refused);
        await scene.Host.Triggers.AddAsync(Trigger.After(Hour).CancelOn(Paid).WithId("t").Publish(new Reminder(1)));
        var home = scene.Host.Keyspace.PartitionOf("t");
        await EndAsync(scene, "due", "t", home.Index);

        var remove = () => RemoveSubscriptionsAsync(failing);
        await remove.Should().ThrowAsync<RedisServerException>();
        var noted = await connection.GetDatabase().SortedSetLengthAsync(home.Keys.EndedSubscriptions);
        await RemoveSubscriptionsAsync(scene.Host);

        (noted, await connection.GetDatabase().SortedSetLengthAsync(home.Keys.EndedSubscriptions)).Should().Be((1, 0));
    }

    [Fact]
    public async Task RemoveSubscriptions_OfManyAndOfWhatSomethingElseHasWritten_RemovesAll()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        for (var n = 0; n < 250; n++)
        {
            await scene.Host.Triggers.AddAsync(
                Trigger.After(Hour).CancelOn(EventCondition.On("paid", $$"""{"order":[{{n}}]}""")).Publish(new Reminder(n)));
        }

        scene.Clock.Advance(Hour);
        for (var round = 0; round < 6; round++)
        {
            await scene.AdvanceAsync();
        }

        var ended = scene.Host.Keyspace.Partitions[0].Keys.EndedSubscriptions;
        foreach (var word in (string[])[
            "", "x", "#", "a#b", "a#b c", "a#b paid 0 {", "a#b paid many ", "a#b! paid 0 ", "a#b paid 9223372036854775807 ",
        ])
        {
            await redis.Database.SortedSetAddAsync(ended, word, word.Length == 1 ? double.PositiveInfinity : -1);
        }

        await RemoveSubscriptionsAsync(scene.Host);

        (await SubscriptionsAsync(scene.Host)).Should().Be(0);
        (await redis.Database.KeyExistsAsync(ended)).Should().BeFalse();
    }

    [Fact]
    public async Task ATriggerEnds_WhereSomethingElseIsInPlaceOfWhatIsNoted()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await redis.Database.StringSetAsync(scene.Host.Keyspace.Partitions[0].Keys.EndedSubscriptions, "x");
        var id = await scene.Host.Triggers.AddAsync(Trigger.After(Hour).CancelOn(Paid).Publish(new Reminder(1)));

        await scene.PassAsync(Hour);

        (await scene.Host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Completed);
        (await scene.RaisedAsync()).Should().ContainSingle();
    }

    private static Trigger EndingBy(string ending, DateTimeOffset end) => ending switch
    {
        "due" or "moved" or "now" => Trigger.After(Hour).Publish(new Reminder(1)),
        "last" => Trigger.Every(Hour).MaxFirings(1).Publish(new Reminder(1)),
        "planned" => Trigger.Cron("0 * * * *").MaxFirings(1).Publish(new Reminder(1)),
        "over" => Trigger.On("never").Until(end).Publish(new Reminder(1)),
        "matched" => Trigger.On<OrderPlaced>().MaxFirings(1).Publish(new Reminder(1)),
        "matched late" => Trigger.On<OrderPlaced>().Until(end).Publish(new Reminder(1)),
        "counted" => Trigger.On<OrderPlaced>().Count(2).Within(Hour).MaxFirings(1).Publish(new Reminder(1)),
        _ => Trigger.On<OrderPlaced>().Debounce(Hour).MaxFirings(1).Publish(new Reminder(1)),
    };

    private static async Task EndAsync(MatchScene scene, string ending, string id, int home)
    {
        switch (ending)
        {
            case "moved":
                await scene.Host.Triggers.RescheduleAsync(id, scene.Clock.GetUtcNow().AddDays(10));
                scene.Clock.Advance(TimeSpan.FromDays(10));
                break;
            case "now":
                await scene.Host.Triggers.FireNowAsync(id);
                return;
            case "matched" or "counted" or "quiet":
                await scene.PlaceInAsync(home, 1);
                break;
            case "matched late":
                scene.Clock.Advance(2 * Hour);
                break;
        }

        if (ending is "counted" or "matched late")
        {
            await scene.PlaceInAsync(home, 2);
            return;
        }

        scene.Clock.Advance(Hour + TimeSpan.FromMilliseconds(1));
        await new ManualConsumer(scene.Host, partition: home).AdvanceAsync();
    }

    private static async Task RemoveSubscriptionsAsync(TestHost host)
    {
        for (var n = 0; n < host.Keyspace.Partitions.Count; n++)
        {
            await new ManualConsumer(host, partition: n).RemoveSubscriptionsAsync();
        }
    }

    private async Task<long> SubscriptionsAsync(TestHost host, string type = "paid") =>
        (await Task.WhenAll(
            host.Keyspace.Partitions.Select(partition => redis.Database.SortedSetLengthAsync(partition.Keys.Subscriptions(type)))))
            .Sum();
}
