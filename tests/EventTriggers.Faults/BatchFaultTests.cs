using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>A process with a batch handler is killed, or kills itself; the histories of the processes and the server judge.</summary>
public sealed class BatchFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private static readonly int Processes = Rounds.AreMany ? 16 : 2;
    private static readonly int Kills = Rounds.AreMany ? 40 : 1 + Rounds.Of(20);

    [Fact]
    [Trait("Fault", "161")]
    public async Task WhatAKilledProcessHeldInBatches_IsHandledOnceMore_AndNothingElseIs()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("test.job");
        var ended = await PublishAsync(host, 5);
        await using (var first = Start(host, "size=5"))
        {
            await EndedAsync(host, processed: 5);
            await first.TerminateAsync();
            await first.EndedAsync();
        }

        // One batch is being handled, and three events of the next one are gathered.
        await using var victim = Start(host, "size=5", "work=600000", "concurrency=8");
        var held = await PublishAsync(host, 8);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Leased == 8, "all are held");
        await Wait.UntilAsync(() => victim.History.Count(static entry => entry.What == "started") >= 5, "a batch is handled");

        await victim.KillAsync();
        await using var survivor = Start(host, "size=5");
        await EndedAsync(host, processed: 13);

        survivor.History.Where(static entry => entry.What == "handled").Select(static entry => (entry.Id, entry.Number)).Should()
            .BeEquivalentTo(held.Select(static id => (id, 2L)));
        foreach (var id in held)
        {
            (await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which.Crashes.Should().Be(1);
        }

        foreach (var id in ended)
        {
            (await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which.Crashes.Should().Be(0);
        }
    }

    [Fact]
    [Trait("Fault", "162")]
    public async Task AnEventThatKillsItsProcess_DiesAlone_AndTheOthersOfItsBatchAreHandled()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("test.job");
        var others = await PublishAsync(host, 4);
        var deadly = (await host.Bus.PublishAsync(new Job(9, "die"))).Id;
        var batches = new List<long>();

        // Each process that the event kills is replaced.
        while ((await host.Events.CountAsync()) is { Dead: 0 } or { Ready: > 0 } or { Leased: > 0 })
        {
            await using var worker = Start(host, "size=5");
            await Wait.UntilAsync(
                async () => worker.HasExited || await host.Events.CountAsync() is { Ready: 0, Leased: 0, Dead: 1 },
                "the process is killed, or everything has ended");
            batches.AddRange(
                worker.History.Where(entry => entry.What == "started" && entry.Id == deadly).Select(static entry => entry.Number));
        }

        batches.Should().HaveCount(5, "it has crashed as many processes as MaxCrashes says").And.StartWith([5, 5]);
        batches.Skip(2).Should().OnlyContain(static size => size == 1);
        (await host.Events.FindAsync(deadly))!.Deliveries.Should().ContainSingle().Which.Status.Should().Be(DeliveryStatus.Dead);
        foreach (var id in others)
        {
            var delivery = (await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which;
            delivery.Status.Should().Be(DeliveryStatus.Processed);

            // What is alone is recorded before the next one is begun; on a machine that is very busy, the next one does not wait for long.
            delivery.Crashes.Should().BeInRange(2, 4);
        }
    }

    // Of each fifty events one fails at its first attempt, and processes are killed meanwhile.
    [Fact]
    [Trait("Fault", "161")]
    public async Task ProcessesThatAreKilledAtRandom_LoseNothing_AndOnlyWhatFailedIsRetried()
    {
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedLimit = 2_000_000);
        await new ManualConsumer(host).SubscribeAsync("test.job");
        var (random, all, alive, ids, kills) =
            (new Random(161), new List<WorkerProcess>(), new List<WorkerProcess>(), new List<string>(), 0);
        foreach (var some in Enumerable.Range(0, Rounds.Of(20_000)).Chunk(1000))
        {
            ids.AddRange((await host.Bus.PublishManyAsync([.. some.Select(static n => new Job(n, n % 50 == 0 ? "fail" : null))])).Ids());
        }

        try
        {
            for (var done = 0L; done < ids.Count; done = (await host.Events.CountAsync()).Processed)
            {
                while (alive.Count < Processes)
                {
                    alive.Add(Start(host, "size=100", "concurrency=400", "work=5"));
                    all.Add(alive[^1]);
                    await alive[^1].ReadyAsync();
                }

                await Task.Delay(random.Next(100, 600));
                if (kills < Kills)
                {
                    var victim = alive[random.Next(alive.Count)];
                    await victim.KillAsync();
                    alive.Remove(victim);
                    kills++;
                }
            }

            var history = all.SelectMany(static worker => worker.History).ToLookup(static entry => entry.Id);
            var lost = ids.Count(id => history[id].All(static entry => entry.What != "handled"));
            var again = 0;
            for (var n = 0; n < Math.Min(ids.Count, 2_000); n++)
            {
                // What a crash has not given back runs once; and once more if it failed.
                var crashes = (await host.Events.FindAsync(ids[n]))!.Deliveries.Single().Crashes;
                again += history[ids[n]].Count(static entry => entry.What == "started") > 1 + crashes + (n % 50 == 0 ? 1 : 0) ? 1 : 0;
            }

            output.WriteLine(
                $"{ids.Count} events in batches of 100, {Processes} processes, {kills} killed: {lost} lost, {again} run too often");
            (lost, again).Should().Be((0, 0));
        }
        finally
        {
            foreach (var worker in all)
            {
                await worker.DisposeAsync();
            }
        }
    }

    private static async Task<string[]> PublishAsync(TestHost host, int count) =>
        [.. (await host.Bus.PublishManyAsync([.. Enumerable.Range(1, count).Select(static n => new Job(n))])).Ids()];

    private static Task EndedAsync(TestHost host, int processed) => Wait.UntilAsync(
        async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 } counts && counts.Processed == processed,
        $"{processed} are processed");

    private WorkerProcess Start(TestHost host, params string[] settings) =>
        new(redis.HostConnectionString, host.Prefix, ["lease=2000", "handlers=batch", .. settings]);
}
