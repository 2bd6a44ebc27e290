using EventTriggers.Consuming.Execution;
using EventTriggers.Worker;

namespace EventTriggers.Tests.Consuming;

/// <summary>Consumers as processes that are killed and stopped.</summary>
public sealed class ProcessTests(RedisFixture redis)
{
    private const int Events = 20_000;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    // Guarantee 1.
    [Fact]
    public async Task TwoProcesses_ShareTheEventsAndHandleEachOnce()
    {
        await using var host = TestHost.Create(redis);
        await using var first = new WorkerProcess(redis, host.Prefix, TimeSpan.FromSeconds(20), TimeSpan.Zero);
        await using var second = new WorkerProcess(redis, host.Prefix, TimeSpan.FromSeconds(20), TimeSpan.Zero);
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync());

        var ids = await PublishAsync(host);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == Events, "all are processed");

        var handled = HandledBy(first).Concat(HandledBy(second)).ToList();
        handled.Count.Should().Be(Events);
        handled.ToHashSet().SetEquals(ids).Should().BeTrue("each is handled, and none twice");
        HandledBy(first).Should().NotBeEmpty();
        HandledBy(second).Should().NotBeEmpty();
    }

    // Guarantees 1 and 6; faults 3 and 4.
    [Fact]
    [Trait("Fault", "3")]
    [Trait("Fault", "4")]
    public async Task AKilledProcess_LosesNothing()
    {
        await using var host = TestHost.Create(redis);
        await using var victim = new WorkerProcess(redis, host.Prefix, Lease, TimeSpan.Zero);
        await using var survivor = new WorkerProcess(redis, host.Prefix, Lease, TimeSpan.Zero);
        await Task.WhenAll(victim.ReadyAsync(), survivor.ReadyAsync());

        var publishing = PublishAsync(host);
        await Wait.UntilAsync(() => HandledBy(victim).Count > 1000, "the victim is in the middle of it");
        await victim.KillAsync();
        var ids = await publishing;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()) is { Ready: 0, Leased: 0, Delayed: 0 }, "all are settled");

        var handled = HandledBy(victim).Concat(HandledBy(survivor)).ToList();
        ids.Except(handled).Should().BeEmpty("nothing is lost");
        (handled.Count - handled.Distinct().Count()).Should()
            .BeLessThanOrEqualTo(2000, "so many outcomes may wait to be recorded, and nothing else may run twice");
        (await host.Events.CountAsync()).Processed.Should().Be(Events);
    }

    // Guarantee 6; fault 9.
    [Fact]
    [Trait("Fault", "9")]
    public async Task AStoppedProcess_FindsItsTokenCancelled()
    {
        await using var host = TestHost.Create(
            redis, configure: options => (options.LeaseDuration, options.RenewalInterval) = (Lease, Lease / 4));
        await using var zombie = new WorkerProcess(redis, host.Prefix, Lease, TimeSpan.FromMinutes(1));
        await zombie.ReadyAsync();
        var id = (await host.Bus.PublishAsync(new Job(1))).Id;
        await Wait.UntilAsync(() => zombie.History.Any(entry => entry.What == "started"), "the handler runs");

        var other = new ManualConsumer(host);
        var taken = await TakeOverAsync(zombie, other);
        await Wait.UntilAsync(() => zombie.History.Any(entry => entry.What == "cancelled"), "its token is cancelled");

        var delivery = (await host.Events.FindAsync(id))!.Deliveries[0];
        (delivery.Status, delivery.Fence).Should()
            .Be((DeliveryStatus.Leased, taken.Delivery.Fence), "what the zombie says changes nothing");
        await other.SettleAsync(taken, Outcome.Done);
        (await host.Events.CountAsync()).Processed.Should().Be(1);
    }

    // Guarantee 6; faults 4 and 9: the handler has ended before the process can know that it lost the lease.
    [Fact]
    [Trait("Fault", "4")]
    [Trait("Fault", "9")]
    public async Task AStoppedProcess_ThatEndsItsHandlerAtOnce_FindsItsSettleRefused()
    {
        await using var host = TestHost.Create(
            redis, configure: options => (options.LeaseDuration, options.RenewalInterval) = (Lease, Lease / 4));
        await using var zombie = new WorkerProcess(redis, host.Prefix, Lease, TimeSpan.FromSeconds(1), stubborn: true);
        await zombie.ReadyAsync();
        var id = (await host.Bus.PublishAsync(new Job(1))).Id;
        await Wait.UntilAsync(() => zombie.History.Any(entry => entry.What == "started"), "the handler runs");

        var other = new ManualConsumer(host);
        var taken = await TakeOverAsync(zombie, other);
        await Wait.UntilAsync(() => zombie.History.Any(entry => entry.What == "handled"), "its handler ends");
        await Wait.UntilAsync(
            () => zombie.History.Any(entry => entry.What is "refused" or "lost"), "it is told, by its settle, or earlier by a renewal");
        await zombie.TerminateAsync();
        await zombie.EndedAsync();

        var delivery = (await host.Events.FindAsync(id))!.Deliveries[0];
        (delivery.Status, delivery.Fence).Should()
            .Be((DeliveryStatus.Leased, taken.Delivery.Fence), "what the zombie says changes nothing");
    }

    [Fact]
    [Trait("Fault", "15")]
    public async Task ATerminatedProcess_FinishesWhatItRunsAndExits()
    {
        await using var host = TestHost.Create(redis);
        await using var worker = new WorkerProcess(redis, host.Prefix, TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(300));
        await worker.ReadyAsync();
        await host.Bus.PublishAsync(new Job(1));
        await Wait.UntilAsync(() => worker.History.Any(entry => entry.What == "started"), "the handler runs");

        await worker.TerminateAsync();
        await worker.EndedAsync();

        worker.ExitCode.Should().Be(0);
        worker.History.Select(entry => entry.What).Should().Equal("ready", "started", "handled", "settled", "stopped");
        (await host.Events.CountAsync()).Processed.Should().Be(1);
    }

    /// <summary>Stops a process until its lease is over and what it held is claimed, and lets it go on.</summary>
    private static async Task<Lease> TakeOverAsync(WorkerProcess zombie, ManualConsumer consumer)
    {
        await zombie.StopAsync();
        IReadOnlyList<Lease> taken = [];
        await Wait.UntilAsync(
            async () =>
            {
                await consumer.ReapAsync();
                taken = await consumer.ClaimAsync();
                return taken.Count == 1;
            },
            "the lease is over");
        await zombie.ContinueAsync();
        return taken[0];
    }

    private static async Task<List<string>> PublishAsync(TestHost host)
    {
        var ids = new List<string>();
        foreach (var numbers in Enumerable.Range(0, Events).Chunk(500))
        {
            ids.AddRange((await host.Bus.PublishManyAsync([.. numbers.Select(n => new Job(n))])).Ids());
        }

        return ids;
    }

    private static List<string> HandledBy(WorkerProcess worker) =>
        [.. worker.History.Where(entry => entry.What == "handled").Select(entry => entry.Id)];
}
