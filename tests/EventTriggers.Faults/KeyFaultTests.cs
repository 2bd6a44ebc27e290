using System.Text;
using EventTriggers.Redis.Operations;
using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>Groups that order by key, while processes are killed and stand still. The judge reads what the processes wrote.</summary>
public sealed class KeyFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Keys = 20;
    private const int Processes = 3;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    public static TheoryData<bool> Before => [true, false];

    // kill -9 at any moment: others take over, and the next event of a key waits for that.
    [Theory]
    [Trait("Fault", "158")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ProcessesThatAreKilled_KeepTheOrderOfEachKey(int places)
    {
        await using var host = Host(places);
        var ids = await PublishAsync(host, Rounds.Of(10_000));
        var (random, all, alive, kills) = (new Random(158), new List<WorkerProcess>(), new List<WorkerProcess>(), 0);
        try
        {
            for (var done = 0L; done < ids.Count; done = (await host.Events.CountAsync()).Processed)
            {
                while (alive.Count < Processes)
                {
                    alive.Add(Start(host, places));
                    all.Add(alive[^1]);
                    await alive[^1].ReadyAsync();
                }

                await Task.Delay(random.Next(100, 600));
                if (kills < 2 + Rounds.Of(30))
                {
                    var victim = alive[random.Next(alive.Count)];
                    await victim.KillAsync();
                    alive.Remove(victim);
                    kills++;
                }
            }

            var found = Judge(ids, all, places);
            output.WriteLine(
                $"{ids.Count} events over {Keys} keys, {places} at a time, {kills} processes killed: {found}");
            found.Should().Be((0, 0, 0));
            await NothingWaitsAsync(host);
        }
        finally
        {
            foreach (var worker in all)
            {
                await worker.DisposeAsync();
            }
        }
    }

    // Its leases end, others take over, and what it says afterwards is refused.
    [Fact]
    [Trait("Fault", "159")]
    public async Task AProcessThatStandsStill_LosesItsTurns_AndTheOrderIsKept()
    {
        await using var host = Host(places: 1);
        var ids = await PublishAsync(host, 400);
        await using var still = Start(host, places: 1);
        await using var other = Start(host, places: 1);
        await Wait.UntilAsync(() => still.History.Count(static entry => entry.What == "handled") > 20, "it is at work");

        await still.StopAsync();
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0 }, "the other one handles everything");
        await still.ContinueAsync();
        await other.TerminateAsync();
        await still.TerminateAsync();
        await still.EndedAsync();

        var found = Judge(ids, [still, other], places: 1, mayRunOn: true);
        found.Should().Be((0, 0, 0));
        await NothingWaitsAsync(host);
    }

    // The step that gives places, and the one that passes them on, each with its request lost and with its reply lost.
    [Theory]
    [Trait("Fault", "160")]
    [MemberData(nameof(Before))]
    public Task AProcessThatIsKilledWhileItClaims_LosesNoTurn(bool before) => KillAtAsync(before, Script.Claim);

    [Theory]
    [Trait("Fault", "160")]
    [MemberData(nameof(Before))]
    public Task AProcessThatIsKilledWhileItSettles_PassesItsTurnsOnOnce(bool before) => KillAtAsync(before, Script.SettleKeyed);

    private async Task KillAtAsync(bool before, Script script)
    {
        redis.SkipInACluster();
        await using var host = Host(places: 1);
        var ids = await PublishAsync(host, 3 * Keys);
        await redis.Database.ExecuteAsync("SCRIPT", "LOAD", script.Text);
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        var struck = proxy.ArmAsync(before ? Fault.HoldRequest : Fault.HoldReply, Encoding.UTF8.GetBytes(script.Sha1));
        await using var victim = new WorkerProcess(
            redis.HostThrough(proxy.ConnectionString), host.Prefix, $"lease={Lease.TotalMilliseconds}", "order=1");
        await Wait.ForAsync(struck);
        await victim.KillAsync();
        await victim.EndedAsync();

        await using var other = Start(host, places: 1);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == ids.Count, "all are handled");

        Judge(ids, [victim, other], places: 1).Should().Be((0, 0, 0));
        await NothingWaitsAsync(host);
    }

    // Counts events that were not handled; those of which one began before an earlier one of its key was handled; and, for several places,
    // moments at which more of a key ran than it has places. A handler that stood still may end after its lease.
    private static (int Lost, int OutOfOrder, int TooMany) Judge(
        IReadOnlyList<string> ids, IReadOnlyList<WorkerProcess> workers, int places, bool mayRunOn = false)
    {
        var history = workers.SelectMany(static worker => worker.History).ToLookup(static entry => entry.Id);
        var lost = ids.Count(id => history[id].All(static entry => entry.What != "handled"));
        var (outOfOrder, tooMany) = (0, 0);
        foreach (var ofKey in ids.GroupBy(static id => id.Split('/')[0]))
        {
            var runs = ofKey.Select(id => history[id].ToArray()).Where(static entries => entries.Length > 0).Select(entries => (
                From: entries.Where(static entry => entry.What == "started").Min(static entry => entry.AtMs),
                To: entries.Where(static entry => entry.What == "handled").Select(static entry => entry.AtMs).DefaultIfEmpty(0)
                    .Aggregate((one, next) => mayRunOn ? Math.Min(one, next) : Math.Max(one, next)))).ToArray();
            if (places == 1)
            {
                outOfOrder += runs.Zip(runs.Skip(1)).Count(static pair => pair.Second.From < pair.First.To);
            }

            tooMany += runs.Count(run => runs.Count(other => other.From < run.From && run.From < other.To) >= places);
        }

        return (lost, outOfOrder, tooMany);
    }

    private async Task NothingWaitsAsync(TestHost host)
    {
        var root = host.Keyspace.Partitions[0].Keys.Root.ToString();
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0 }, "all have ended");
        foreach (var kind in new[] { "active", "backlogs", "backlogged", "held" })
        {
            (await redis.Database.KeyExistsAsync($"{root}:{kind}:default")).Should().BeFalse(kind);
        }
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, int count)
    {
        await new ManualConsumer(host).SubscribeAsync("test.job");
        var events = Enumerable.Range(0, count)
            .Select(static n => EventToPublish.Of(new Job(n), new PublishOptions { Key = $"key-{n % Keys}" }));
        return (await host.Bus.PublishManyAsync([.. events])).Ids();
    }

    private TestHost Host(int places) => TestHost.Create(redis, configure: options =>
    {
        options.ProcessedLimit = 1_000_000;
        options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places };
    });

    private WorkerProcess Start(TestHost host, int places) => new(
        redis.HostConnectionString, host.Prefix, $"lease={Lease.TotalMilliseconds}", "work=20", $"order={places}");
}
