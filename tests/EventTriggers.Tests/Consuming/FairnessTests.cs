using System.Collections.Concurrent;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests.Consuming;

/// <summary>Whatever else a process claims, partitions, priorities and parked deliveries have their turns.</summary>
public sealed class FairnessTests(RedisFixture redis)
{
    private static readonly Priority[] All = [Priority.High, Priority.Normal, Priority.Low];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shares_HoldWithClaimsThatHaveNoRoomInBetween(int between)
    {
        await using var host = TestHost.Create(redis, time: Clock.At2030());
        var consumer = new ManualConsumer(host, concurrency: 1, time: Clock.At2030());
        await consumer.SubscribeAsync("order.placed");
        var known = await PublishAsync(host, 300);

        var taken = new List<Priority>();
        for (var n = 0; n < 240; n++)
        {
            for (var i = 0; i < between; i++)
            {
                await consumer.StopClaimingAsync();
            }

            taken.AddRange((await consumer.ClaimAsync()).Select(lease => known[lease.Delivery.Id]));
        }

        taken.Count(one => one == Priority.Low).Should().BeInRange(15, 25);
        taken.Count(one => one == Priority.Normal).Should().BeInRange(50, 70);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Shares_HoldForEachGroup_WhereGroupsTakeTurns(int groups)
    {
        await using var host = TestHost.Create(redis, time: Clock.At2030());
        string[] names = [.. Enumerable.Range(0, groups).Select(static n => $"g{n}")];
        foreach (var name in names)
        {
            await new ManualConsumer(host, name, time: Clock.At2030()).SubscribeAsync("order.placed");
        }

        var known = await PublishAsync(host, 300);
        var partition = host.Keyspace.Partitions[0];
        DeliveryQueue[] queues = [.. names.Select(static name => new DeliveryQueue(name, 1, 1, prefetches: false))];
        using var claimer = new Claimer(host.Keyspace, partition, queues, TimeProvider.System, NullLogger.Instance);
        for (var g = 1; g < groups; g++)
        {
            queues[g].ReserveWorkers(partition);
        }

        var taken = names.Select(static _ => new List<Priority>()).ToArray();
        for (var n = 0; n < 240 * groups; n++)
        {
            var g = n % groups;
            await claimer.RunOnceAsync(consumer: null);
            queues[g].TryTake(out var lease).Should().BeTrue();
            taken[g].Add(known[lease!.Delivery.Id]);
            queues[(g + 1) % groups].ReturnWorkers(1);
        }

        for (var g = 0; g < groups; g++)
        {
            }

        taken.Should().AllSatisfy(static one => one.Count(static p => p == Priority.Low).Should().BeInRange(15, 25));
        taken.Should().AllSatisfy(static one => one.Count(static p => p == Priority.Normal).Should().BeInRange(50, 70));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task ParkedDeliveries_DoNotStarve_WhereEachOtherClaimHasNoRoom(int between)
    {
        await using var host = TestHost.Create(redis, time: Clock.At2030());
        var consumer = new ManualConsumer(host, concurrency: 1, time: Clock.At2030());
        await consumer.SubscribeAsync("order.placed", "order.other");
        var other = new ManualConsumer(host, time: Clock.At2030());
        await other.SubscribeAsync("order.placed");
        for (var n = 0; n < 5; n++)
        {
            await host.Bus.PublishRawAsync("order.other", "{}"u8.ToArray());
        }

        await other.SettleAsync([.. (await other.ClaimAllAsync()).Select(static lease => new Settlement(lease, Outcome.Skip))]);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 100).Select(static n => new OrderPlaced(n))], new PublishOptions());
        var parked = 0;
        for (var n = 0; n < 40; n++)
        {
            for (var i = 0; i < between; i++)
            {
                await consumer.StopClaimingAsync();
            }

            parked += (await consumer.ClaimAsync()).Count(static lease => lease.Delivery.Type == "order.other");
        }

        parked.Should().Be(5);
    }

    [Theory]
    [InlineData(1, 2, 5)]
    [InlineData(1, 4, 5)]
    [InlineData(2, 2, 5)]
    [InlineData(2, 3, 5)]
    [InlineData(4, 2, 5)]
    [InlineData(1, 2, 20)]
    [InlineData(4, 8, 5)]
    [InlineData(8, 8, 5)]
    public async Task EachPartition_IsServed_WithFewWorkers(int concurrency, int partitions, int handlerMs)
    {
        var begun = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddGroup("g0", group =>
            {
                group.Concurrency = concurrency;
                group.AddHandler<OrderPlaced>(async (context, _) =>
                {
                    begun.Enqueue(context.Id);
                    await Task.Delay(handlerMs, CancellationToken.None);
                });
            }),
            options => options.Partitions = partitions);
        for (var p = 0; p < partitions; p++)
        {
            await new ManualConsumer(host, "g0", p).SubscribeAsync("order.placed");
        }

        await host.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 1000 * partitions).Select(static n => new OrderPlaced(n))], new PublishOptions());
        host.Start();
        await Wait.UntilAsync(() => begun.Count >= 200, "they begin");
        await host.StopAsync();
        var counts = begun.Take(200).CountBy(id => host.Keyspace.PartitionOf(id).Index).OrderBy(static one => one.Key).ToArray();
        counts.Should().HaveCount(partitions).And.AllSatisfy(one => one.Value.Should().BeGreaterThan(200 / partitions / 4));
    }

    private static async Task<Dictionary<string, Priority>> PublishAsync(TestHost host, int count)
    {
        var (events, told) = (new List<EventToPublish>(), new List<Priority>());
        for (var n = 0; n < count; n++)
        {
            foreach (var priority in All)
            {
                events.Add(EventToPublish.Of(new OrderPlaced(n), new() { Priority = priority }));
                told.Add(priority);
            }
        }

        var results = await host.Bus.PublishManyAsync(events);
        return results.Select((result, i) => (result.Id, told[i])).ToDictionary(static one => one.Id, static one => one.Item2);
    }
}
