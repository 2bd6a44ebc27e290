using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>Groups that order by key, while processes are killed at any moment.</summary>
public sealed class KeyOrderTests(RedisFixture redis, ITestOutputHelper output)
{
    private static readonly int Processes = Rounds.AreMany ? 16 : 3;
    private static readonly int Keys = Rounds.AreMany ? KeyScene.ManyKeys : KeyScene.Keys;
    private static readonly int Kills = Rounds.AreMany ? 40 : 2 + Rounds.Of(30);

    private readonly KeyScene _scene = new(redis);

    // kill -9 at any moment: others take over, and the next event of a key waits for that.
    [Theory]
    [Trait("Fault", "158")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ProcessesThatAreKilled_KeepTheOrderOfEachKey(int places)
    {
        await using var host = _scene.Host(places);
        var ids = await KeyScene.PublishAsync(host, Rounds.Of(10_000), Keys);
        await KillAsync(
            host, ids, places, $"{places} at a time", inBatches: false,
            () => _scene.Start(host, places, work: Rounds.AreMany ? 1 : 20));
    }

    // Each batch has the events of one key. Some fail at their first attempt, and those behind them come again.
    [Fact]
    [Trait("Fault", "176")]
    public async Task ProcessesThatAreKilled_KeepTheOrderOfEachKeyInBatches()
    {
        await using var host = _scene.Host(places: 1);
        var ids = await KeyScene.PublishAsync(host, Rounds.Of(10_000), Keys, failing: 53);
        await KillAsync(
            host, ids, places: 1, "in batches", inBatches: true,
            () => _scene.Start(host, places: 1, work: Rounds.AreMany ? 1 : 5, "handlers=keys", "size=20"));
    }

    // inBatches: see Judge.
    private async Task KillAsync(
        TestHost host, IReadOnlyList<string> ids, int places, string how, bool inBatches, Func<WorkerProcess> start)
    {
        var (random, all, alive, kills) = (new Random(158), new List<WorkerProcess>(), new List<WorkerProcess>(), 0);
        try
        {
            for (var done = 0L; done < ids.Count; done = (await host.Events.CountAsync()).Processed)
            {
                while (alive.Count < Processes)
                {
                    alive.Add(start());
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

            var found = KeyScene.Judge(ids, all, places, inBatches: inBatches);
            output.WriteLine($"{ids.Count} events over {Keys} keys, {how}, {Processes} processes, {kills} killed: {found}");
            found.Should().Be((0, 0, 0));
            await _scene.NothingWaitsAsync(host);
        }
        finally
        {
            foreach (var worker in all)
            {
                await worker.DisposeAsync();
            }
        }
    }
}
