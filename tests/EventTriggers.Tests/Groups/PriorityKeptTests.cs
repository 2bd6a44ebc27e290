using System.Globalization;
using System.Text.Json;
using EventTriggers.Consuming.Execution;
using static EventTriggers.Tests.Groups.PriorityScene;

namespace EventTriggers.Tests.Groups;

/// <summary>Whatever moves a delivery keeps its priority.</summary>
public sealed class PriorityKeptTests(RedisFixture redis)
{
    [Fact]
    public async Task ADelivery_KeepsItsPriority_WhenItIsDelayedRetriedAndRedriven()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 1);
        await scene.PublishAsync(1, Priority.High);
        var lease = await scene.Consumer.ClaimOneAsync();
        await scene.Consumer.SettleAsync(new Settlement(lease, Outcome.Retry) { Delay = TimeSpan.FromSeconds(1) });
        var delayed = await scene.Host.Bus.PublishAsync(
            new OrderPlaced(1), new() { Priority = Priority.High, Delay = TimeSpan.FromSeconds(2) });
        await scene.PublishAsync(100, Priority.Normal);
        scene.Clock.Advance(TimeSpan.FromSeconds(2));

        var ids = new[] { lease.Delivery.Id, delayed.Id };
        (await scene.ClaimAsync(6)).Select(static one => one.Id).Should().Contain(ids, "of six, at least three are of high priority");

        await scene.PublishAsync(1, Priority.High, from: 7);
        var other = (await scene.ClaimUntilAsync(static one => one.Priority == Priority.High)).Lease;
        await scene.Consumer.SettleAsync(new Settlement(other, Outcome.Dead));
        await scene.Host.Events.RedriveAsync(other.Delivery.Id);
        (await scene.ClaimAsync(6)).Select(static one => one.Id).Should().Contain(other.Delivery.Id);
    }

    // Before a handler has begun them, and in the order in which they were.
    [Fact]
    public async Task WhatIsGivenBack_KeepsItsPriority_AndIsTheNextOfIt()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 24);
        await scene.PublishAsync(40, All);
        var leases = await scene.Consumer.ClaimAsync();
        await scene.Consumer.SettleAsync([.. leases.Reverse().Select(static lease => new Settlement(lease, Outcome.Release))]);

        var again = await scene.ClaimAsync(1);

        again.Select(static one => one.Id).Should().BeEquivalentTo(leases.Select(static lease => lease.Delivery.Id));
        foreach (var priority in All)
        {
            again.Where(one => one.Priority == priority).Select(static one => one.Number).Should().BeInAscendingOrder();
        }
    }

    [Fact]
    public async Task Repair_PutsBackWhatIsMissing_AndNothingThatIsNot()
    {
        if (redis.IsGarnet)
        {
            Assert.Skip("Garnet cannot look through its keys in a script.");
        }

        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(3, All);
        (await scene.Consumer.RepairAsync()).Should().Be(0, "each is in its list");

        await redis.Database.KeyDeleteAsync([scene.Keys.ReadyHigh, scene.Keys.ReadyLow]);

        (await scene.Consumer.RepairAsync()).Should().Be(6);
        (await redis.Database.ListLengthAsync(scene.Keys.ReadyHigh)).Should().Be(3);
        (await redis.Database.ListLengthAsync(scene.Keys.ReadyLow)).Should().Be(3);
        (await scene.ClaimAsync(1)).Should().HaveCount(9);
    }

    [Fact]
    public async Task AGroupThatOrders_IgnoresThePriorityOfEventsWithKeys()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12, places: 1);
        var ids = new List<string>();
        foreach (var (priority, delay) in new[] { (Priority.Low, 0), (Priority.High, 0), (Priority.Normal, 0), (Priority.High, 1) })
        {
            var options = new PublishOptions { Key = "k", Priority = priority, Delay = delay == 0 ? null : TimeSpan.FromSeconds(delay) };
            ids.Add((await scene.Host.Bus.PublishAsync(new OrderPlaced(0), options)).Id);
        }

        scene.Clock.Advance(TimeSpan.FromSeconds(1));

        var taken = new List<string>();
        while (await scene.Consumer.ClaimAsync() is [var lease])
        {
            taken.Add(lease.Delivery.Id);
            await scene.Consumer.SettleAsync(lease, Outcome.Done);
        }

        taken.Should().Equal(ids);
    }

    [Fact]
    public async Task AGroupThatDoesNotOrder_KeepsThePriorityOfEventsWithKeys()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 1);
        foreach (var priority in new[] { Priority.Low, Priority.High })
        {
            await scene.Host.Bus.PublishAsync(new OrderPlaced(0), new() { Key = "k", Priority = priority });
        }

        (await redis.Database.ListLengthAsync(scene.Keys.ReadyHigh)).Should().Be(1);
        (await redis.Database.ListLengthAsync(scene.Keys.ReadyLow)).Should().Be(1);
    }

    [Fact]
    public async Task WhatDoesNotFitIntoAReply_GoesBackToTheFrontOfItsList()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 24);
        var payload = JsonSerializer.SerializeToUtf8Bytes(new OrderPlaced(0)).Concat(new byte[200_000]).ToArray();
        payload.AsSpan()[^200_000..].Fill((byte)' ');
        foreach (var n in Enumerable.Range(0, 24))
        {
            foreach (var priority in new[] { Priority.High, Priority.Low })
            {
                await scene.Host.Bus.PublishRawAsync(
                    "order.placed", payload, new() { Id = $"{priority}-{n.ToString(CultureInfo.InvariantCulture)}", Priority = priority });
            }
        }

        var first = await scene.Consumer.ClaimAsync();

        first.Should().HaveCountLessThan(24).And.NotBeEmpty();
        var next = await scene.ClaimAsync(3);
        first.Select(static lease => lease.Delivery.Id).Concat(next.Select(static one => one.Id))
            .Should().Contain(static id => id.StartsWith("Low", StringComparison.Ordinal), "large events do not starve the others either");
        var rest = next.Select(static one => one.Id).Concat((await scene.Consumer.ClaimAllAsync()).Select(static one => one.Delivery.Id));
        foreach (var priority in new[] { Priority.High, Priority.Low })
        {
            first.Select(static lease => lease.Delivery.Id).Concat(rest).Where(id => id.StartsWith($"{priority}", StringComparison.Ordinal))
                .Should().Equal(Enumerable.Range(0, 24).Select(n => $"{priority}-{n.ToString(CultureInfo.InvariantCulture)}"));
        }
    }

    [Fact]
    public async Task WhatATriggerRaisesLater_HasItsPriorityAndKey()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.Host.Triggers.AddAsync(Trigger.At(scene.Clock.GetUtcNow().AddSeconds(1)).Publish(
            new OrderPlaced(1), new() { Priority = Priority.Low, Delay = TimeSpan.FromSeconds(5), Key = "k" }).WithId("t"));
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await scene.Consumer.AdvanceAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(5));

        var lease = await scene.Consumer.ClaimOneAsync();

        (await scene.Host.Events.FindAsync(lease.Delivery.Id))!.Priority.Should().Be(Priority.Low);
        (await scene.Host.Triggers.FindAsync("t"))!.Options!.Priority.Should().Be(Priority.Low);
        lease.Delivery.Key.Should().Be("k");
    }

    [Fact]
    public async Task WhatATriggerRaisesAtOnce_WaitsWithItsPriority()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.Host.Triggers.AddAsync(Trigger.At(scene.Clock.GetUtcNow().AddSeconds(1)).Publish(
            new OrderPlaced(1), new() { Priority = Priority.High }));
        scene.Clock.Advance(TimeSpan.FromSeconds(1));

        await scene.Consumer.AdvanceAsync();

        (await redis.Database.ListLengthAsync(scene.Keys.ReadyHigh)).Should().Be(1);
        (await scene.ClaimAsync(1)).Should().HaveCount(1);
    }
}
