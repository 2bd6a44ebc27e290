using System.Collections.Concurrent;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Tests.Redis;

public sealed class PartitionTests(RedisFixture redis)
{
    private const int Count = 5;

    [Fact]
    public async Task Events_AreSpreadAndAllHandledOnce()
    {
        var handled = new ConcurrentBag<int>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) =>
            {
                handled.Add(context.Event.Number);
                return default;
            }),
            options => options.Partitions = Count).Start();

        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 500).Select(n => new OrderPlaced(n))]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 500, "all are processed");

        handled.Order().Should().Equal(Enumerable.Range(0, 500));
        foreach (var partition in host.Keyspace.Partitions)
        {
            (await redis.Database.SortedSetLengthAsync(partition.Keys.Of("default").Done)).Should()
                .BeInRange(60, 140, "the spread is even");
        }
    }

    [Fact]
    public async Task Triggers_InEveryPartition_FireForTimeAndEvents()
    {
        var raised = new ConcurrentBag<string>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<Reminder>((context, _) =>
            {
                raised.Add(context.Firing!.TriggerId);
                return default;
            }),
            options => options.Partitions = Count).Start();
        for (var n = 0; n < 20; n++)
        {
            await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(n)).WithId($"at-{n}").Publish(new Reminder(n)));
            await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId($"on-{n}").MaxFirings(1).Publish(new Reminder(n)));
        }

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => raised.Count >= 40, "all have fired");

        raised.Should().BeEquivalentTo(Enumerable.Range(0, 20).SelectMany(n => new[] { $"at-{n}", $"on-{n}" }));
        (await host.Triggers.QueryAsync(new TriggerQuery { Status = TriggerStatus.Completed }).CountAsync()).Should().Be(40);
    }

    [Fact]
    public async Task Stores_FindCancelAndQueryOverPartitions()
    {
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = Count);
        for (var partition = 0; partition < Count; partition++)
        {
            await new ManualConsumer(host, partition: partition).SubscribeAsync("order.placed");
        }

        var ids = await host.Bus.PublishSpreadAsync(Enumerable.Range(0, 30).Select(static n => new OrderPlaced(n)));

        (await host.Events.CancelAsync(ids[7])).Should().Be(CancelOutcome.Canceled);
        (await host.Events.CountAsync()).Ready.Should().Be(30, "a cancelled one counts until a consumer passes it");
        var ready = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Ready }).ToListAsync();
        ready.Select(e => e.Id).Should().BeEquivalentTo(ids.Where(id => id != ids[7]));
        ready.Select(e => e.PublishedAt).Should().BeInDescendingOrder();
    }

    // Guarantee 7 over partitions: a follow-up lives with its parent.
    [Fact]
    public async Task FollowUps_LiveInThePartitionOfTheirParent()
    {
        var raised = new ConcurrentBag<string>();
        await using var host = TestHost.Create(
            redis,
            build => build
                .AddHandler<OrderPlaced>((context, _) =>
                {
                    context.Publish(new Reminder(1));
                    return default;
                })
                .AddHandler<Reminder>((context, _) =>
                {
                    raised.Add(context.Id);
                    return default;
                }),
            options => options.Partitions = Count).Start();

        var ids = await host.Bus.PublishSpreadAsync(Enumerable.Range(0, 30).Select(static n => new OrderPlaced(n)));
        await Wait.UntilAsync(() => raised.Count == 30, "all follow-ups are handled");

        raised.Select(id => id.Split('/')[0]).Should().BeEquivalentTo(ids.Select(id => id));
    }

    [Fact]
    [Trait("Fault", "110")]
    public async Task AnotherNumberOfPartitions_IsRefused()
    {
        await using var first = TestHost.Create(redis, configure: options => options.Partitions = 2);
        await first.Bus.PublishAsync(new OrderPlaced(1));
        await using var second = TestHost.Create(redis, configure: options => options.Partitions = 3, prefix: first.Prefix);

        var publish = async () => await second.Bus.PublishAsync(new OrderPlaced(1));
        var run = () => second.Loop.RunAsync(CancellationToken.None);
        var find = async () => await second.Events.FindAsync("x");
        var add = async () => await second.Triggers.AddAsync(Trigger.After(TimeSpan.Zero).Publish(new Reminder(1)));

        await publish.Should().ThrowAsync<IncompatibleStoreException>().WithMessage("*number of partitions 2, but this process has 3*");
        await run.Should().ThrowAsync<IncompatibleStoreException>().WithMessage($"*'{{{first.Prefix}:?}}:meta'*");
        await find.Should().ThrowAsync<IncompatibleStoreException>();
        await add.Should().ThrowAsync<IncompatibleStoreException>();
    }

    [Theory]
    [Trait("Fault", "19")]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(99)]
    public async Task AnotherSchema_IsRefused(int schema)
    {
        await using var host = TestHost.Create(redis);
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:meta", [new("schema", schema), new("partitions", "1")]);

        var publish = async () => await host.Bus.PublishAsync(new OrderPlaced(1));

        await publish.Should().ThrowAsync<IncompatibleStoreException>().WithMessage($"*schema version {schema}, but this process has 4*");
    }

    // A process of the schema before compares what it is answered with its own number, as this one does, and refuses.
    [Fact]
    [Trait("Fault", "19")]
    public async Task ThePrefixOfThisSchema_IsAnsweredToAProcessOfTheOneBefore()
    {
        await using var host = TestHost.Create(redis);
        await host.Bus.PublishAsync(new OrderPlaced(1));

        var answer = await host.Keyspace.Scripts.RunAsync(
            new MetaRequest { Partition = host.Keyspace.Partitions[0], Schema = 3, Partitions = 1, Writes = true });

        answer.Should().Be(new StoredMeta("4", "1"));
    }

    [Theory]
    [InlineData("order-1", "order-1/a/b")]
    [InlineData("x", "x/y")]
    public void Routing_GoesByThePartBeforeTheFirstSlash(string id, string other) =>
        Routing.PartitionOf(id, 64).Should().Be(Routing.PartitionOf(other, 64));

    // The stored format: these must never change.
    [Theory]
    [InlineData("order-1", 16, 12)]
    [InlineData("a", 1024, 435)]
    [InlineData("0195f1f3c7f07d2f9e2c", 6, 1)]
    public void Routing_NeverChanges(string id, int partitions, int expected) =>
        Routing.PartitionOf(id, partitions).Should().Be(expected);

    [Fact]
    public async Task AConnectionWithAChannelPrefixAndADatabase_IsWokenToo()
    {
        if (redis.IsGarnet || redis.IsCluster)
        {
            Assert.Skip("Needs several databases.");
        }

        var handled = new TaskCompletionSource();
        await using var connection = await redis.Server.ConnectAsync(options =>
        {
            options.ChannelPrefix = RedisChannel.Literal("app:");
            options.DefaultDatabase = 3;
        });
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((_, _) =>
            {
                handled.TrySetResult();
                return default;
            }),
            connection: connection).Start();
        await Wait.UntilAsync(
            async () => (await redis.Connection.GetServers()[0].SubscriptionSubscriberCountAsync(
                RedisChannel.Literal($"app:{{{host.Prefix}:0}}:wake:3"))) == 1, "it listens");

        await host.Bus.PublishAsync(new OrderPlaced(1));

        await Wait.ForAsync(handled.Task);
        (await connection.GetDatabase(3).KeyExistsAsync($"{{{host.Prefix}:0}}:meta")).Should().BeTrue();
    }
}
