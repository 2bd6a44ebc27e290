using EventTriggers.Consuming;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Groups;

/// <summary>Groups that order by key, where keys are lost or foreign, memory is full, or hosts ask at different paces.</summary>
public sealed class KeyTroubleTests(RedisFixture redis)
{
    private static readonly PublishOptions KeyA = new() { Key = "a" };

    // Garnet, whose scripts cannot look through keys, finds it by its note only.
    [Theory]
    [InlineData("string")]
    [InlineData("hash")]
    public async Task ADeliveryThatCouldNotBePutIntoItsBacklog_IsPutBackOnceTheKeyIsGone(string type)
    {
        await using var host = Host(1);
        var consumer = await ConsumerAsync(host);
        await PublishAsync(host, 1);
        var first = await consumer.ClaimOneAsync();
        await HostileKeys.WriteAsync(redis.Database, Key(host, "backlog:default:a"), type);
        var ids = await PublishAsync(host, 1);
        (await consumer.ClaimAllAsync()).Should().BeEmpty();

        await RepairAsync(host);
        var told = host.Log.Texts.Where(static text => text.StartsWith("The key '", StringComparison.Ordinal)).ToArray();
        await redis.Database.KeyDeleteAsync(Key(host, "backlog:default:a"));
        await RepairAsync(host);
        await consumer.SettleAsync(first, Outcome.Done);

        told.Should().ContainSingle().Which.Should().Contain($"holds a {type} ");
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(ids[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnIndexOfBacklogs_ThatIsLost_IsRestored_AlsoWhereTheGroupOrdersNoLonger(bool isSwitchedOff)
    {
        if (redis.IsGarnet)
        {
            Assert.Skip("Garnet cannot look through its keys in a script.");
        }

        var clock = Clock.At2030();
        await using var host = Host(1, clock);
        var consumer = await ConsumerAsync(host, clock);
        await PublishAsync(host, 5);
        await consumer.ClaimOneAsync();
        await redis.Database.KeyDeleteAsync(Key(host, "backlogs:default"));
        if (isSwitchedOff)
        {
            clock.Advance(TimeSpan.FromHours(3));
            consumer.Mode = default;
            await consumer.SubscribeAsync("order.placed");
            (await consumer.ClaimAllAsync()).Should().BeEmpty("nothing tells that they wait");
        }

        await RepairAsync(host);
        var listed = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Ready }).ToListAsync();

        listed.Should().HaveCount(4);
        (await consumer.ClaimAllAsync()).Should().HaveCount(isSwitchedOff ? 4 : 0);
    }

    // Nothing else finds the list.
    [Fact]
    public async Task AnIndexOfBacklogs_ThatHeldSomethingElse_IsRestored()
    {
        await using var host = Host(1);
        var consumer = await ConsumerAsync(host);
        await HostileKeys.WriteAsync(redis.Database, Key(host, "backlogs:default"), "string");
        await PublishAsync(host, 5);
        await consumer.ClaimOneAsync();
        await RepairAsync(host);
        await redis.Database.KeyDeleteAsync(Key(host, "backlogs:default"));

        await RepairAsync(host);

        (await redis.Database.SortedSetRangeByRankAsync(Key(host, "backlogs:default"))).Should().Equal("a");
        (await redis.Database.KeyExistsAsync(Key(host, "strays"))).Should().BeFalse();
    }

    [Fact]
    public async Task WhatWaits_IsCountedAnewByTheSweep()
    {
        await using var host = Host(1);
        var consumer = await ConsumerAsync(host);
        await PublishAsync(host, 5);
        var first = await consumer.ClaimOneAsync();
        await redis.Database.StringSetAsync(Key(host, "backlogged:default"), 77);

        await consumer.SweepAsync();
        (await host.Events.CountAsync()).Ready.Should().Be(4);

        await redis.Database.KeyDeleteAsync([Key(host, "backlog:default:a"), Key(host, "backlogs:default")]);
        await consumer.SweepAsync();
        (await host.Events.CountAsync()).Ready.Should().Be(0);
        await consumer.SettleAsync(first, Outcome.Done);
    }

    // Its event was deleted by hand; its id does not tell its key.
    [Fact]
    public async Task ADeadLetter_ThatIsGone_HoldsNoKey()
    {
        await using var host = Host(1, onDead: DeadLetters.Hold);
        var consumer = await ConsumerAsync(host);
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Key = "a", Id = "mine" });
        var next = await PublishAsync(host, 1);
        await consumer.SettleAsync((await consumer.ClaimAllAsync()).Single(), Outcome.Dead);
        (await redis.Database.SortedSetRangeByRankAsync(Key(host, "held:default"))).Should().Equal("a mine");
        await redis.Database.KeyDeleteAsync(Key(host, "event:mine"));

        await consumer.SweepAsync();

        (await redis.Database.KeyExistsAsync(Key(host, "held:default"))).Should().BeFalse();
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(next[0]);
    }

    // A key whose places cannot be read must not be passed on: nobody would know to whom.
    [Fact]
    public async Task PlacesThatCannotBeRead_AreNotGivenByTheSweep()
    {
        await using var host = Host(1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 10);
        var first = await consumer.ClaimOneAsync();
        await HostileKeys.WriteAsync(redis.Database, Key(host, "active:default"), "string");
        await consumer.SettleAsync(first, Outcome.Done);
        for (var i = 0; i < 3; i++)
        {
            await consumer.SweepAsync();
            (await consumer.ClaimAllAsync()).Should().BeEmpty();
        }

        await redis.Database.KeyDeleteAsync(Key(host, "active:default"));
        await consumer.SweepAsync();
        var order = new List<string>();
        for (var got = await consumer.ClaimAllAsync(); got.Count > 0; got = await consumer.ClaimAllAsync())
        {
            order.Add(got.Should().ContainSingle().Which.Delivery.Id);
            await consumer.SettleAsync(got[0], Outcome.Done);
        }

        order.Should().Equal(ids.Skip(1));
    }

    // One that has crashed its consumers, and gave its place back until its next attempt.
    [Fact]
    public async Task AQuarantinedDelivery_WhoseTurnComesInAClaim_IsAnnouncedByIt()
    {
        var clock = Clock.At2030();
        await using var host = Host(2, clock);
        var consumer = await ConsumerAsync(host, clock);
        var ids = await PublishAsync(host, 3);
        var leases = await consumer.ClaimAllAsync();
        await redis.Database.HashSetAsync(Key(host, $"event:{ids[0]}"), "crashes:default", 2);
        await consumer.SettleAsync(new Settlement(leases[0], Outcome.Retry) { Delay = TimeSpan.FromSeconds(10) });
        var third = await consumer.ClaimOneAsync();
        clock.Advance(TimeSpan.FromSeconds(11));
        (await consumer.ClaimAllAsync()).Should().BeEmpty("both places are taken");
        await consumer.SettleAsync(third, Outcome.Release);
        await redis.Database.HashSetAsync(Key(host, $"event:{ids[2]}"), "status:default", "canceled");

        (await consumer.ClaimAsync()).Should().BeEmpty("the last one is dropped");

        consumer.Left.Should().Be(1, "a loop claims again at once");
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(ids[0]);
    }

    // A consumer must not count as gone because of that.
    [Fact]
    public async Task Subscribing_WhenMemoryIsFull_WorksInAGroupThatOrders()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var host = Host(1, connection: connection);
        var consumer = await ConsumerAsync(host);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");

        await consumer.Invoking(static one => one.SubscribeAsync("order.placed")).Should().NotThrowAsync();
    }

    // Deliveries with keys come to every kind of end.
    [Theory]
    [InlineData(DeadLetters.PassBy)]
    [InlineData(DeadLetters.Hold)]
    public async Task Keys_WhenMemoryIsFull_GoOn(DeadLetters onDead)
    {
        redis.SkipUnlessRedis();
        var clock = Clock.At2030();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var host = Host(1, clock, connection, onDead);
        var consumer = await ConsumerAsync(host, clock);
        var ids = new List<string>();
        for (var key = 0; key < 6; key++)
        {
            ids.AddRange(await PublishAsync(host, 5, $"k{key}"));
        }

        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");
        var leases = await consumer.ClaimAllAsync();
        leases.Should().HaveCount(6);
        await consumer.SettleAsync(leases[0], Outcome.Done);
        await consumer.SettleAsync(leases[1], Outcome.Retry);
        await consumer.SettleAsync(leases[2], Outcome.Release);
        await consumer.SettleAsync(leases[3], Outcome.Dead);
        (await host.Events.CancelAsync(ids[5])).Should().Be(CancelOutcome.Canceled, "it is delayed");
        (await host.Events.CancelAsync(ids[21])).Should().Be(CancelOutcome.Canceled, "it waits");
        (await host.Events.DiscardAsync(leases[3].Delivery.Id)).Should().Be(DiscardOutcome.Discarded);
        for (var round = 0; round < 30; round++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await consumer.ReapAfterSilenceAsync();
            await consumer.SweepAsync();
            await consumer.SettleAsync([.. (await consumer.ClaimAllAsync()).Select(static one => new Settlement(one, Outcome.Done))]);
        }

        (await host.Events.CountAsync()).Should().BeEquivalentTo(new { Ready = 0L, Leased = 0L, Delayed = 0L, Dead = 0L, Processed = 27L });
    }

    // It asks once an hour; that is no reason to stop ordering meanwhile.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AHostThatAsksSeldom_IsObeyedByThoseThatAskOften(bool isAnotherOneGone)
    {
        var clock = Clock.At2030();
        await using var seldom = Host(1, clock);
        await using var often = TestHost.Create(
            redis,
            configure: static options => options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(5),
            time: clock,
            prefix: seldom.Prefix);
        await ConsumerAsync(seldom, clock);
        var other = new ManualConsumer(often, time: clock) { Mode = isAnotherOneGone ? new KeyMode(1, HoldsDead: false, 0) : default };
        await other.SubscribeAsync("order.placed");
        clock.Advance(TimeSpan.FromMinutes(10));
        other.Mode = default;
        await other.SubscribeAsync("order.placed");

        await PublishAsync(seldom, 5);

        (await other.ClaimAllAsync()).Should().ContainSingle();
    }

    // Nobody else would claim before the next poll.
    [Fact]
    public async Task AModeThatIsSwitchedOff_WakesAConsumer()
    {
        var clock = Clock.At2030();
        await using var host = Host(1, clock);
        var consumer = await ConsumerAsync(host, clock);
        await PublishAsync(host, 2);
        await consumer.ClaimOneAsync();
        await redis.Database.SortedSetAddAsync(Key(host, "waiting:default"), "~sleeper", 1);
        clock.Advance(TimeSpan.FromHours(3));
        consumer.Mode = default;

        await consumer.SubscribeAsync("order.placed");

        (await redis.Database.KeyExistsAsync(Key(host, "waiting:default"))).Should().BeFalse("the sleeper was woken");
    }

    // Although it stays in its list, behind another one that nobody handles either.
    [Fact]
    public async Task ACancelledEvent_ThatIsParked_PassesItsTurnOnAtOnce()
    {
        await using var host = Host(1);
        var (consumer, gone, json) = (new ManualConsumer(host), new ManualConsumer(host), "1"u8.ToArray());
        await consumer.SubscribeAsync("here");
        await gone.SubscribeAsync("gone");
        await gone.LeaveAsync();
        await host.Bus.PublishRawAsync("gone", json, new PublishOptions { Key = "b" });
        var first = (await host.Bus.PublishRawAsync("gone", json, KeyA)).Id;
        var second = (await host.Bus.PublishRawAsync("here", json, KeyA)).Id;
        await consumer.SettleAsync([.. (await consumer.ClaimAllAsync()).Select(static lease => new Settlement(lease, Outcome.Skip))]);
        (await consumer.ClaimAllAsync()).Should().BeEmpty();

        (await host.Events.CancelAsync(first)).Should().Be(CancelOutcome.Canceled);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(second);
    }

    // By its expiry, which is looked at although the type has a living host no more; or because no host came that handles it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AParkedEvent_ThatEnds_PassesItsTurnOn(bool expires)
    {
        var clock = Clock.At2030();
        await using var host = Host(1, clock);
        var (consumer, gone, json) = (new ManualConsumer(host, time: clock), new ManualConsumer(host, time: clock), "1"u8.ToArray());
        await consumer.SubscribeAsync("here");
        await gone.SubscribeAsync("gone");
        await gone.LeaveAsync();
        await consumer.LookAfterUnhandledAsync();
        await host.Bus.PublishRawAsync(
            "gone", json, new PublishOptions { Key = "a", ExpiresAfter = expires ? TimeSpan.FromHours(1) : null });
        var second = (await host.Bus.PublishRawAsync("here", json, KeyA)).Id;
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Skip);
        (await consumer.ClaimAllAsync()).Should().BeEmpty();
        await consumer.LookAfterUnhandledAsync();

        clock.Advance(expires ? TimeSpan.FromHours(1) : host.Keyspace.Options.UnhandledTimeout);
        await consumer.LookAfterUnhandledAsync();

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(second);
    }

    // The limit of dead letters is kept when an outcome is recorded: no sweep comes between.
    [Fact]
    public async Task AHeldDeadLetter_ThatIsForgottenForAnotherOne_LetsItsKeyGoOn()
    {
        await using var host = Host(1, onDead: DeadLetters.Hold, deadLetterLimit: 1);
        var consumer = await ConsumerAsync(host);
        var ids = await PublishAsync(host, 2);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        await PublishAsync(host, 1, "b");
        var other = await consumer.ClaimOneAsync();

        await consumer.SettleAsync(other, Outcome.Dead);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(ids[1]);
    }

    [Fact]
    public async Task AHeldKey_GoesOn_OnceItsGroupHoldsNoneAnyMore()
    {
        var clock = Clock.At2030();
        await using var host = Host(1, clock, onDead: DeadLetters.Hold);
        var consumer = await ConsumerAsync(host, clock);
        var ids = await PublishAsync(host, 2);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        (await consumer.ClaimAllAsync()).Should().BeEmpty();

        clock.Advance(TimeSpan.FromHours(3));
        consumer.Mode = new KeyMode(1, HoldsDead: false, 0);
        await consumer.SubscribeAsync("order.placed");

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(ids[1]);
        (await host.Events.CountAsync()).HeldKeys.Should().Be(0);
    }

    private static RedisKey Key(TestHost host, string name) => $"{host.Keyspace.Partitions[0].Keys.Root}:{name}";

    private static async Task<ManualConsumer> ConsumerAsync(TestHost host, TimeProvider? time = null)
    {
        var consumer = new ManualConsumer(host, time: time);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, int count, string key = "a") =>
        (await host.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))], new PublishOptions { Key = key })).Ids();

    private static async Task RepairAsync(TestHost host)
    {
        var repair = new RepairDuty(host.Keyspace, host.Keyspace.Partitions[0], host.Logger(), ManualConsumer.Unpaced);
        do
        {
            await repair.RunOnceAsync();
        }
        while (!repair.IsThrough);
    }

    private TestHost Host(
        int places, TimeProvider? time = null, IConnectionMultiplexer? connection = null, DeadLetters onDead = DeadLetters.PassBy,
        int deadLetterLimit = 10_000) => TestHost.Create(
            redis,
            configure: options =>
            {
                options.DeadLetterLimit = deadLetterLimit;
                options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places, OnDead = onDead };
            },
            time: time,
            connection: connection);
}
