using static EventTriggers.Tests.Bulk.BulkScene;

namespace EventTriggers.Tests.Bulk;

/// <summary>A cancel of many deliveries reaches each that was there, wherever it goes meanwhile.</summary>
public sealed class BulkCancelTests(RedisFixture redis)
{
    // More are published meanwhile than a step looks at, and others are claimed.
    // Renewals raise the scores of leases, and failures move deliveries behind what was gone through.
    [Fact]
    public async Task ACancel_ReachesRenewedLeases_AndRetries()
    {
        var (host, clock, consumer) = Create(redis);
        await using var _ = host;
        await consumer.SubscribeAsync("order.placed");
        string[] ids = [.. (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 40).Select(static n => new OrderPlaced(n))]))
            .Select(static one => one.Id)];
        var leases = await consumer.ClaimAllAsync();
        var id = await host.Events.CancelAsync(new EventQuery(), new BulkOptions { RatePerSecond = 100 });
        await consumer.AdvanceOperationAsync();
        (await host.Operations.FindAsync(id))!.Changed.Should().Be(10, "a tenth of a second's share");

        clock.Advance(TimeSpan.FromMilliseconds(100));
        await consumer.RenewAsync();
        var retried = leases.Where(static lease => lease.Interruption == EventTriggers.Consuming.Execution.Interruption.None).Take(5);
        await consumer.SettleAsync([.. retried.Select(static lease =>
            new EventTriggers.Consuming.Execution.Settlement(lease, EventTriggers.Consuming.Execution.Outcome.Retry)
            {
                Delay = TimeSpan.FromHours(1),
                Failure = new InvalidOperationException("no"),
            })]);
        while ((await host.Operations.FindAsync(id))!.Status == BulkOperationStatus.Running)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await consumer.AdvanceOperationAsync();
        }

        (await host.Operations.FindAsync(id))!.Changed.Should().Be(40);
        foreach (var one in ids)
        {
            var isCanceled = (await host.Events.FindAsync(one))!.Deliveries[0].Status == DeliveryStatus.Canceled;
            (isCanceled || (await redis.Database.HashGetAsync($"{{{host.Prefix}:0}}:event:{one}", "cancel:default")) == 1)
                .Should().BeTrue(one);
        }
    }

    [Fact]
    public async Task ACancelOfALongList_ReachesEachThatWasThere()
    {
        var (host, clock, consumer) = Create(redis);
        await using var _ = host;
        await consumer.SubscribeAsync("order.placed");
        var ids = await PublishAsync(host, 700);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var id = await host.Events.CancelAsync(new EventQuery { Status = DeliveryStatus.Ready });
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var later = new List<string>();
        for (var step = 0; (await host.Operations.FindAsync(id))!.Status == BulkOperationStatus.Running; step++)
        {
            step.Should().BeLessThan(100);
            await consumer.AdvanceOperationAsync();
            later.AddRange(step < 3 ? await PublishAsync(host, 1500) : []);
        }

        var canceled = (await host.Operations.FindAsync(id))!.Changed;
        canceled.Should().Be(ids.Count);
        (await consumer.ClaimAllAsync()).Select(static lease => lease.Delivery.Id).Should().BeEquivalentTo(later);
    }

    // It was leased while the lists were looked at, and is back in one of them when the leases are.
    [Fact]
    public async Task ACancel_ReachesADeliveryThatIsGivenBackMeanwhile()
    {
        var (host, clock, consumer) = Create(redis);
        await using var _ = host;
        await consumer.SubscribeAsync("order.placed");
        await PublishAsync(host, 1);
        var lease = (await consumer.ClaimAsync()).Single();
        await PublishAsync(host, 10);
        var id = await host.Events.CancelAsync(new EventQuery(), new BulkOptions { RatePerSecond = 100 });
        await consumer.AdvanceOperationAsync();
        var before = (await host.Operations.FindAsync(id))!;

        await consumer.SettleAsync(new EventTriggers.Consuming.Execution.Settlement(
            lease, EventTriggers.Consuming.Execution.Outcome.Release));
        while ((await host.Operations.FindAsync(id))!.Status == BulkOperationStatus.Running)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await consumer.AdvanceOperationAsync();
        }

        (before.Status, before.Changed).Should().Be((BulkOperationStatus.Running, 10));
        (await host.Operations.FindAsync(id))!.Changed.Should().Be(11);
        (await host.Events.FindAsync(lease.Delivery.Id))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Canceled);
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, int count) =>
        [.. (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))]))
            .Select(static one => one.Id)];
}
