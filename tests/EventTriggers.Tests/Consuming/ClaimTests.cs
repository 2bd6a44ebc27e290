using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Consuming;

/// <summary>What one claim takes, whatever the deliveries hold.</summary>
public sealed class ClaimTests(RedisFixture redis)
{
    [Fact]
    [Trait("Fault", "108")]
    public async Task Claim_OfCountersThatSomebodyHasSetTooHigh_Saturates()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await redis.Database.HashSetAsync(
            $"{{{host.Prefix}:0}}:event:{id}", [new("attempt:default", 1L << 53), new("crashes:default", 1L << 40)]);

        var lease = await consumer.ClaimOneAsync();
        await consumer.SettleAsync(lease, Outcome.Done);

        (lease.Delivery.Attempt, lease.Delivery.Crashes).Should().Be((int.MaxValue, int.MaxValue));
        (await host.Events.FindAsync(id))!.Deliveries[0].Should()
            .BeEquivalentTo(new { Attempt = int.MaxValue, Crashes = int.MaxValue, Status = DeliveryStatus.Processed });
    }

    // A host with a larger limit accepted it.
    [Fact]
    [Trait("Fault", "99")]
    public async Task Claim_OfALargerPayloadThanIsTaken_MakesADeadLetterUnreadAndGoesOn()
    {
        await using var large = TestHost.Create(redis);
        await using var small = TestHost.Create(redis, configure: options => options.MaxPayloadBytes = 100, prefix: large.Prefix);
        var consumer = new ManualConsumer(small);
        await consumer.SubscribeAsync("order.placed");
        var id = (await large.Bus.PublishAsync(new OrderPlaced(1, new string('x', 200)))).Id;
        var next = (await large.Bus.PublishAsync(new OrderPlaced(2))).Id;

        var claimed = await consumer.ClaimAllAsync();

        claimed.Select(lease => lease.Delivery.Id).Should().Equal(next);
        var dead = (await large.Events.FindAsync(id))!;
        dead.Deliveries[0].Status.Should().Be(DeliveryStatus.Dead);
        dead.Deliveries[0].Error.Should().MatchRegex("^Too large: 2[0-9]{2} bytes of payload, at most 100 are taken");
        dead.Payload.Length.Should().BeGreaterThan(200, "its bytes are intact");
    }

    // What is popped is leased, however much room the consumer has.
    [Fact]
    [Trait("Fault", "109")]
    public async Task Claim_WithRoomForThousands_LosesNone()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, concurrency: 10_000);
        await consumer.SubscribeAsync("System.Int32");

        // Payloads of one byte: the claim's budget of bytes stops none of them.
        await host.Bus.PublishManyAsync([.. Enumerable.Repeat(1, 6000)]);

        var claimed = await consumer.ClaimAllAsync();

        claimed.Should().HaveCount(6000);
        (await host.Events.CountAsync()).Leased.Should().Be(6000);
    }

    [Fact]
    public async Task Claim_OfLargePayloads_StopsAtItsBudgetAndKeepsTheOrder()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 6).Select(n => new OrderPlaced(n, new string('x', 30_000)))]))
            .Ids();

        var first = await consumer.ClaimAsync();
        var rest = await consumer.ClaimAsync();

        first.Concat(rest).Select(lease => lease.Delivery.Id).Should().Equal(ids.Take(4), "two at a time, in their order");
    }
}
