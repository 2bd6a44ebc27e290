using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Each key of a group, of a type and of a partition holds something of another type than it must, while deliveries are in every status and
/// while every duty runs. Other groups and types go on as if it were not there; when it is removed, each delivery of the group comes to its
/// end, and is where its status says. They have a server of their own: repair looks through all keys that a server has.
/// </summary>
public sealed class HostileKeyTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    public static TheoryData<string, string> Cases => HostileKeys.Cases(
        ("ready:default", "list"), ("quarantine:default", "list"), ("delayed:default", "zset"), ("leased:default", "zset"),
        ("done:default", "zset"), ("dead:default", "zset"),
        ("ended:default", "zset"), ("waiting:default", "zset"), ("ready:$triggers", "list"), ("leased:$triggers", "zset"),
        ("done:$triggers", "zset"), ("routes:order.placed", "set"),
        ("unrouted:order.placed", "list"), (
            "unrouted:nobody.takes", "list"), ("unrouted", "zset"), ("lanes", "hash"), ("leader", "string"), ("shared", "string"),
                ("number", "string"),
        ("triggers", "zset"), ("triggers:ended", "zset"), ("strays", "zset"), ("repair", "string"), ("foreign", "zset"),
        ("parked:default", "zset"), ("parked:default:order.placed", "list"), ("handlers:default:order.placed", "zset"));

    [Theory]
    [Trait("Fault", "120")]
    [MemberData(nameof(Cases))]
    public async Task AKeyOfAnotherType_IsNobodyElsesTrouble_AndNothingIsLost(string name, string type)
    {
        await using var scene = new HostileKeyScene(redis);
        await scene.PrepareAsync();
        RedisKey key = $"{{{scene.Host.Prefix}:0}}:{name}";
        if (redis.IsGarnet
            && name.Split(':')[0] is "ready" or "quarantine" or "delayed" or "leased" or "done" or "dead"
            && await redis.Database.KeyExistsAsync(key))
        {
            // Its scripts cannot look through keys: nothing else tells what the index held.
            await HostileKeys.MoveAwayAsync(redis.Database, key);
        }

        await HostileKeys.WriteAsync(redis.Database, key, type);

        await scene.WorkAsync();
        var unfiled = await scene.UnfiledAsync(key);
        await scene.OthersGoOnAsync();
        await scene.RepairAsync();
        var told = scene.Host.Log.Texts.Where(static text => text.StartsWith("The key '", StringComparison.Ordinal)).ToArray();
        await HostileKeys.RemoveAsync(redis.Database, key);
        await scene.ComeToAnEndAsync();

        unfiled.Should().BeEmpty("each is where its status says, or noted as a stray");

        // Scripts write these anew, whatever they hold; and what tells cannot be told by itself.
        if (name is not ("leader" or "shared" or "number" or "waiting:default" or "strays" or "repair" or "foreign" or "triggers:ended"))
        {
            told.Should().ContainSingle().Which.Should().Contain($"'{key}' holds a {type} ");
        }
    }

    // One caller's events wait for a key that another's do not need, in one call.
    [Fact]
    public async Task Publish_BesideOneThatCannotBeWritten_IsAccepted()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await new ManualConsumer(host, "other").SubscribeAsync("order.reminder");
        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:ready:default", "string");

        var all = Enumerable.Range(0, 400)
            .Select(n => n % 2 == 0 ? host.Bus.PublishAsync(new OrderPlaced(n)).AsTask() : host.Bus.PublishAsync(new Reminder(n)).AsTask())
            .ToArray();
        await Task.WhenAll(all).ContinueWith(static _ => { }, TaskScheduler.Default);

        all.Where((_, n) => n % 2 == 0).Should().OnlyContain(static one => one.Exception!.InnerException is InvalidOperationException);
        all.Where((_, n) => n % 2 == 1).Should().OnlyContain(static one => one.IsCompletedSuccessfully);
        (await host.Events.CountAsync("other")).Ready.Should().Be(200);
    }

    [Theory]
    [InlineData("ready:default")]
    [InlineData("leased:default")]
    public async Task AGroupThatCannotBeClaimed_LeavesTheOthersOfTheSameCall(string name)
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await new ManualConsumer(host, "other").SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:{name}", "hash");
        DeliveryQueue[] groups = [new("default", 10), new("other", 10)];

        var report = await new Claimer(
            host.Keyspace, host.Keyspace.Partitions[0], groups, TimeProvider.System, host.Logger()).RunOnceAsync(consumer: null);

        groups.Select(static group => group.Held.Count).Should().Equal(0, 1);
        report.Groups.Select(static group => group.Left).Should().Equal([0L, 0L], "a loop would ask at once again for what is left");
    }

    [Theory]
    [InlineData("ready:default")]
    [InlineData("quarantine:default")]
    [InlineData("leased:default")]
    [InlineData("dead:default")]
    [InlineData("parked:default")]
    public async Task Count_OfAKeyOfAnotherType_NamesIt(string name)
    {
        await using var host = TestHost.Create(redis);
        await host.Keyspace.EnsureReadyAsync();
        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:{name}", "string");

        var count = async () => await host.Events.CountAsync();
        var query = async () => await host.Events.QueryAsync(new EventQuery()).ToListAsync();

        await count.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*:{name}' holds a string*");
        await query.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*:{name}' holds a String*");
    }

    // What is known not to be in its list is put there, although a list so long is not searched.
    [Fact]
    public async Task ADeliveryThatCouldNotBePutIntoItsList_IsPutIntoALongOneToo()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = await consumer.ClaimOneAsync();
        var ready = $"{{{host.Prefix}:0}}:ready:default";
        await HostileKeys.WriteAsync(redis.Database, ready, "string");
        await consumer.SettleAsync(lease, Outcome.Release);
        await redis.Database.KeyDeleteAsync(ready);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 1100).Select(static n => new OrderPlaced(n))]);

        await consumer.RepairAsync();

        (await redis.Database.ListRangeAsync(ready)).Should().Contain(lease.Delivery.Id);
        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:strays")).Should().BeFalse();
    }

    // What comes to its end meanwhile has no bound. What somebody waits for is noted, however much that is.
    [Theory]
    [InlineData("done", "Done", false)]
    [InlineData("dead", "Dead", false)]
    [InlineData("delayed", "Retry", true)]
    [InlineData("ready", "Release", true)]
    public async Task OfDeliveriesThatHaveEnded_SoManyAreNotedAsStrays(string index, string outcome, bool isNoted)
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2), new OrderPlaced(3)]);
        var leases = await consumer.ClaimAsync();
        var strays = $"{{{host.Prefix}:0}}:strays";
        await redis.Database.SortedSetAddAsync(
            strays, [.. Enumerable.Range(0, 9_999).Select(static n => new SortedSetEntry($"event:other{n}", 1))]);
        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:{index}:default", "string");

        await consumer.SettleAsync([.. leases.Select(lease => new Settlement(lease, Enum.Parse<Outcome>(outcome)))]);

        var noted = await redis.Database.SortedSetRangeByScoreAsync(strays, 2);
        noted.Should().HaveCount(isNoted ? 3 : 1, "there is room for one");
        (await host.Events.FindAsync(leases[0].Delivery.Id))!.Deliveries[0].Status.Should().NotBe(DeliveryStatus.Leased);
    }

    // The same call finds it among the strays and among the keys.
    [Fact]
    public async Task ADeliveryThatCouldNotBePutIntoItsList_IsPutThereOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = await consumer.ClaimOneAsync();
        var ready = $"{{{host.Prefix}:0}}:ready:default";
        await HostileKeys.WriteAsync(redis.Database, ready, "string");
        await consumer.SettleAsync(lease, Outcome.Release);
        await redis.Database.KeyDeleteAsync(ready);

        await host.Keyspace.Scripts.RunAsync(new RepairRequest
        {
            Partition = host.Keyspace.Partitions[0],
            Now = "",
            LeaseDuration = TimeSpan.FromSeconds(1),
            Count = 10_000_000,
            CanScan = true,
            Factor = 0,
            Least = TimeSpan.Zero,
            Rest = TimeSpan.Zero,
            Took = TimeSpan.Zero,
        });

        (await redis.Database.ListRangeAsync(ready)).Should().Equal(lease.Delivery.Id);
    }
}
