using EventTriggers.Consuming.Execution;

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

    // Somebody deleted it while it was handled.
    [Fact]
    public async Task Settle_OfAnEventWhoseHashIsGone_LeavesNothingBehind()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]);
        var leases = await consumer.ClaimAsync();
        var gone = leases[0].Delivery.Id;
        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:event:{gone}");

        await consumer.SettleAsync([.. leases.Select(static lease => new Settlement(lease, Outcome.Done))]);

        (await host.Events.FindAsync(gone)).Should().BeNull();
        (await host.Events.CountAsync()).Processed.Should().Be(1, "the other one is");
        leases[0].Interruption.Should().Be(Interruption.LeaseLost, "its outcome was refused");
    }
}
