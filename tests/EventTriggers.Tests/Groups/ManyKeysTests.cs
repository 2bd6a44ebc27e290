using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Groups;

/// <summary>Queries and bulk operations of a group in which more than a thousand keys have deliveries that wait.</summary>
public sealed class ManyKeysTests(RedisFixture redis)
{
    private const int Keys = 1200;

    [Fact]
    public async Task AQueryOfReadyDeliveries_ListsThoseOfEveryKey_EachOnce()
    {
        await using var host = Host();
        var (_, waiting) = await WaitBehindOthersAsync(host);
        var ready = new EventQuery { Status = DeliveryStatus.Ready };

        var (paged, mostExamined) = (new List<string>(), 0);
        EventPage? page = null;
        do
        {
            page = await host.Events.ListAsync(ready, page?.Cursor, 200);
            paged.AddRange(page.Events.Select(static one => one.Id));
            mostExamined = Math.Max(mostExamined, page.Examined);
            page.IsTruncated.Should().BeFalse();
        }
        while (page.Cursor is not null);
        var streamed = await host.Events.QueryAsync(ready).Select(static one => one.Id).ToListAsync();

        paged.Should().BeEquivalentTo(waiting);
        streamed.Should().BeEquivalentTo(waiting);
        mostExamined.Should().BeLessThanOrEqualTo(200, "a call does a limited amount of work");
    }

    [Fact]
    public async Task ABulkCancel_ReachesTheDeliveriesOfEveryKey()
    {
        await using var host = Host();
        var (consumer, waiting) = await WaitBehindOthersAsync(host);

        var id = await host.Events.CancelAsync(new EventQuery { Status = DeliveryStatus.Ready });
        var (steps, operation) = await AdvanceToTheEndAsync(host, consumer, id);

        operation.Changed.Should().Be(waiting.Count);
        steps.Should().BeGreaterThan(Keys / 100, "a step looks at 100 entries");
        var statuses = await Task.WhenAll(waiting.Select(async one => (await host.Events.FindAsync(one))!.Deliveries.Single().Status));
        statuses.Should().OnlyContain(static status => status == DeliveryStatus.Canceled);
    }

    // The index of backlogs loses and gains entries between the pages.
    [Fact]
    public async Task Pages_GoOn_WhenBacklogsEndAndBeginBetweenThem()
    {
        await using var host = Host();
        var (consumer, waiting) = await WaitBehindOthersAsync(host);
        var ready = new EventQuery { Status = DeliveryStatus.Ready };
        var first = await host.Events.ListAsync(ready, limit: 200);
        var seen = first.Events.Select(static one => one.Id).ToHashSet();

        // Backlogs in front of the position end, and so do some behind it; others begin.
        var leases = consumer.Held.ToDictionary(static lease => lease.Delivery.Id.Split('/')[0]);
        var gone = seen.Take(50).Concat(waiting.Except(seen).Take(50)).ToHashSet();
        await consumer.SettleAsync([.. gone.Select(one => new Settlement(leases[one.Split('/')[0]], Outcome.Done))]);
        await PublishAsync(host, Enumerable.Range(Keys, 20));
        var added = await PublishAsync(host, Enumerable.Range(Keys, 20));
        await consumer.ClaimAllAsync();

        var rest = new List<string>();
        for (var page = first; page.Cursor is not null;)
        {
            page = await host.Events.ListAsync(ready, page.Cursor, 200);
            rest.AddRange(page.Events.Select(static one => one.Id));
        }

        rest.Should().BeEquivalentTo(waiting.Except(seen).Except(gone).Concat(added));
    }

    // It waits while the list of ready deliveries is gone through, and has its turn when the backlogs are.
    [Fact]
    public async Task ABulkCancel_ReachesADelivery_WhoseTurnComesWhileItRuns()
    {
        await using var host = Host();
        var consumer = new ManualConsumer(host, concurrency: 1);
        await consumer.SubscribeAsync("order.placed");
        var ids = await PublishAsync(host, [0, 0]);
        var held = await consumer.ClaimOneAsync();
        await PublishAsync(host, Enumerable.Range(1, 1));
        await consumer.ClaimAsync();
        await PublishAsync(host, Enumerable.Range(2, 150));
        await new ManualConsumer(host, concurrency: 1).ClaimAsync();

        var id = await host.Events.CancelAsync(new EventQuery { Status = DeliveryStatus.Ready, IdPrefix = ids[1] });
        await consumer.AdvanceOperationAsync();
        await consumer.SettleAsync(held, Outcome.Done);
        var (_, operation) = await AdvanceToTheEndAsync(host, consumer, id);

        operation.Changed.Should().Be(1);
        (await host.Events.FindAsync(ids[1]))!.Deliveries.Single().Status.Should().Be(DeliveryStatus.Canceled);
    }

    // Two events of each key: one is leased, and one waits for it. Behind those of one key more wait than a call looks at.
    private static async Task<(ManualConsumer Consumer, IReadOnlyList<string> Waiting)> WaitBehindOthersAsync(TestHost host)
    {
        var consumer = new ManualConsumer(host, concurrency: 10_000);
        await consumer.SubscribeAsync("order.placed");
        await PublishAsync(host, Enumerable.Range(0, Keys));
        var waiting = await PublishAsync(host, [.. Enumerable.Range(0, Keys), .. Enumerable.Repeat(Keys / 2, 450)]);
        (await consumer.ClaimAllAsync()).Should().HaveCount(Keys);
        return (consumer, waiting);
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, IEnumerable<int> keys) =>
        (await host.Bus.PublishManyAsync(
            [.. keys.Select(static n => EventToPublish.Of(new OrderPlaced(n), new PublishOptions { Key = $"key-{n}" }))])).Ids();

    private static async Task<(int Steps, OperationRecord Operation)> AdvanceToTheEndAsync(
        TestHost host, ManualConsumer consumer, string id)
    {
        for (var steps = 1; ; steps++)
        {
            await consumer.AdvanceOperationAsync();
            if (await host.Operations.FindAsync(id) is { Status: BulkOperationStatus.Completed } operation)
            {
                return (steps, operation);
            }
        }
    }

    private TestHost Host() => TestHost.Create(
        redis, configure: static options => options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = 1 });
}
