using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>Unique work, while processes are killed at any moment.</summary>
public sealed class UniqueFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Names = 10;
    private const int Processes = 3;

    private readonly KeyScene _scene = new(redis);

    // kill -9 at any moment: others take over what runs, and what waits for its name waits for that.
    [Fact]
    [Trait("Fault", "175")]
    public async Task ProcessesThatAreKilled_LeaveNoNameTaken_AndNeverTwoOfOneRun()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("test.job");
        var (random, all, alive, accepted, kept, kills) = (new Random(175), new List<WorkerProcess>(), new List<WorkerProcess>(),
            new List<string>(), 0, 0);
        try
        {
            while (accepted.Count < Rounds.Of(2_000) || kills < 2 + Rounds.Of(30))
            {
                while (alive.Count < Processes)
                {
                    alive.Add(_scene.Start(host, places: 0));
                    all.Add(alive[^1]);
                    await alive[^1].ReadyAsync();
                }

                for (var n = 0; n < 5 * Names; n++)
                {
                    var result = await host.Bus.PublishAsync(new Job(n), new() { Unique = NameOf(n).Otherwise(WhenTaken.QueueOne) });
                    kept += result.Outcome == PublishOutcome.Kept ? 1 : 0;
                    if (result.Outcome == PublishOutcome.Accepted)
                    {
                        accepted.Add(result.Id);
                    }
                }

                await Task.Delay(random.Next(100, 400));
                if (kills < 2 + Rounds.Of(30))
                {
                    var victim = alive[random.Next(alive.Count)];
                    await victim.KillAsync();
                    alive.Remove(victim);
                    kills++;
                }
            }

            await Wait.UntilAsync(
                async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0 }, "all have ended");

            // In the order of their publish: what was kept has no id of its own.
            var found = KeyScene.Judge(accepted, all, places: 1);
            output.WriteLine(
                $"{accepted.Count} events of {Names} names were accepted and {kept} kept, {kills} processes killed: {found}");
            found.Should().Be((0, 0, 0));
            kept.Should().BePositive("names were taken");
            await NamesAreFreeAsync(host);
        }
        finally
        {
            foreach (var worker in all)
            {
                await worker.DisposeAsync();
            }
        }
    }

    private static Unique NameOf(int n) => Unique.By($"name-{n % Names}");

    private async Task NamesAreFreeAsync(TestHost host)
    {
        var root = host.Keyspace.Partitions[0].Keys.Root.ToString();
        for (var n = 0; n < Names; n++)
        {
            (await redis.Database.KeyExistsAsync($"{root}:unique:name-{n}")).Should().BeFalse("nothing holds the name");
            (await host.Bus.PublishAsync(new Job(n), new() { Unique = NameOf(n) })).Outcome.Should().Be(PublishOutcome.Accepted);
        }
    }
}
