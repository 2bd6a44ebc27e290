using EventTriggers.Consuming.Execution;
using EventTriggers.Testing;

namespace EventTriggers.Tests.Events;

public sealed class RetentionTests(RedisFixture redis)
{
    [Fact]
    [Trait("Fault", "103")]
    public async Task Processed_BeyondTheLimit_ForgetsTheOldest()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = 3, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            ids.Add((await host.Bus.PublishAsync(new OrderPlaced(n))).Id);
            await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);
        }

        (await host.Events.CountAsync()).Processed.Should().Be(3);
        (await host.Events.FindAsync(ids[1])).Should().BeNull();
        (await host.Events.FindAsync(ids[2])).Should().NotBeNull();
    }

    [Fact]
    public async Task Processed_BeyondTheirAge_AreForgottenWithoutTraffic()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        clock.Advance(TimeSpan.FromHours(1));
        await consumer.SweepAsync();
        var kept = await host.Events.FindAsync(id);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await consumer.SweepAsync();

        kept.Should().NotBeNull();
        (await host.Events.FindAsync(id)).Should().BeNull();
    }

    [Fact]
    [Trait("Fault", "102")]
    public async Task DeadLetters_BeyondTheLimit_ForgetTheOldest()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.DeadLetterLimit = 2, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        for (var n = 0; n < 4; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await host.Bus.PublishAsync(new OrderPlaced(n));
            await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        }

        (await host.Events.CountAsync()).Dead.Should().Be(2);
    }

    [Fact]
    public async Task UnroutedEvents_ThatHaveExpired_AreForgottenByThoseThatFollow()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var options = new PublishOptions { ExpiresAfter = TimeSpan.FromSeconds(10) };
        var ids = new List<string>();
        for (var n = 0; n < 30; n++)
        {
            ids.Add((await host.Bus.PublishAsync(new OrderPlaced(n), options)).Id);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await redis.Database.ListLengthAsync(host.Keyspace.Partitions[0].Keys.Unrouted("order.placed"))).Should().Be(10);
        (await host.Events.FindAsync(ids[19])).Should().BeNull();
        (await host.Events.FindAsync(ids[20])).Should().NotBeNull();
    }

    [Fact]
    public async Task AnEventOfTwoGroups_IsForgottenWithTheLast()
    {
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = 0);
        var (first, second) = (new ManualConsumer(host, "first"), new ManualConsumer(host, "second"));
        await first.SubscribeAsync("order.placed");
        await second.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await first.SettleAsync(await first.ClaimOneAsync(), Outcome.Done);
        var between = await host.Events.FindAsync(id);
        await second.SettleAsync(await second.ClaimOneAsync(), Outcome.Done);

        between.Should().NotBeNull();
        (await host.Events.FindAsync(id)).Should().BeNull();
    }

    // The events end with their deliveries: nothing is written that would be removed at once.
    [Fact]
    public async Task WhereNoSuccessIsKept_EventsAreDeletedWithTheirLeases()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedLimit = 0, connection: connection);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 20).Select(static n => new OrderPlaced(n))])).Ids().ToArray();
        var leases = await consumer.ClaimAllAsync();
        var before = await CommandStats.CallsAsync(connection);

        await consumer.SettleAsync([.. leases.Select(static lease => new Settlement(lease, Outcome.Done))]);
        var calls = await CommandStats.CallsAsync(connection, before);

        leases.Should().HaveCount(20).And.OnlyContain(static lease => lease.Interruption == Interruption.None);
        (calls.GetValueOrDefault("hset"), calls.GetValueOrDefault("zadd")).Should().Be((0, 0));
        calls["del"].Should().BeInRange(1, calls["evalsha"], "a call deletes them together");
        (await connection.GetDatabase().KeyExistsAsync([.. ids.Select(host.Keyspace.Partitions[0].Keys.Event)])).Should().Be(0);
        (await host.Events.CountAsync()).Should().Match<GroupCounts>(static counts => counts.Leased == 0 && counts.Processed == 0);
    }

    [Fact]
    public async Task WhereNoSuccessIsKept_ALeaseThatIsLostIsRefused_AndTheOthersAreDeleted()
    {
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedLimit = 0);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 3).Select(static n => new OrderPlaced(n))])).Ids().ToArray();
        var leases = await consumer.ClaimAllAsync();
        var lost = leases[1];
        await redis.Database.SortedSetAddAsync(host.Keyspace.Partitions[0].Keys.Of("default").Leased, lost.Delivery.Id, 1);
        await new ManualConsumer(host).ReapAsync();

        await consumer.SettleAsync([.. leases.Select(static lease => new Settlement(lease, Outcome.Done))]);

        leases.Select(static lease => lease.Interruption == Interruption.LeaseLost).Should().Equal(false, true, false);
        var left = await Task.WhenAll(ids.Select(async id => await host.Events.FindAsync(id)));
        left.Where(static one => one is not null).Select(static one => one!.Id).Should().Equal(lost.Delivery.Id);
    }

    // Somebody deleted it while it was handled.
    [Theory]
    [InlineData(10_000, 1)]
    [InlineData(0, 0)]
    public async Task Settle_OfAnEventWhoseHashIsGone_LeavesNothingBehind(int limit, int kept)
    {
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = limit);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]);
        var leases = await consumer.ClaimAsync();
        var gone = leases[0].Delivery.Id;
        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:event:{gone}");

        await consumer.SettleAsync([.. leases.Select(static lease => new Settlement(lease, Outcome.Done))]);

        (await host.Events.FindAsync(gone)).Should().BeNull();
        (await host.Events.CountAsync()).Should().Match<GroupCounts>(counts => counts.Leased == 0 && counts.Processed == kept);
        leases[0].Interruption.Should().Be(Interruption.LeaseLost, "its outcome was refused");
    }
}
