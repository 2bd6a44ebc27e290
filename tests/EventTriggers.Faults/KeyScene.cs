using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>Processes of a group that orders by key. The judge reads what they wrote.</summary>
internal sealed class KeyScene(RedisFixture redis)
{
    public const int Keys = 20;
    public const int ManyKeys = 10_000;

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Counts events that were not handled; those that began before the one before of their key had been handled; and those that began
    /// while as many of their key ran as it has places. mayRunOn: a handler that stood still may end after its lease. inBatches: what was
    /// handled in a batch comes again with it; then none is handled again after those behind it have been for the last time.
    /// </summary>
    public static (int Lost, int OutOfOrder, int TooMany) Judge(
        IReadOnlyList<string> ids, IReadOnlyList<WorkerProcess> workers, int places, bool mayRunOn = false, bool inBatches = false)
    {
        var history = workers.SelectMany(static worker => worker.History).ToLookup(static entry => entry.Id);
        var lost = ids.Count(id => history[id].All(static entry => entry.What != "handled"));
        var (outOfOrder, tooMany) = (0, 0);
        foreach (var ofKey in ids.GroupBy(static id => id.Split('/')[0]))
        {
            var runs = ofKey.Select(id => history[id].ToArray()).Where(static entries => entries.Length > 0).Select(entries => (
                From: entries.Where(static entry => entry.What == "started").Min(static entry => entry.AtMs),
                To: entries.Where(static entry => entry.What == "handled").Select(static entry => entry.AtMs).DefaultIfEmpty(0)
                    .Aggregate((one, next) => mayRunOn || inBatches ? Math.Min(one, next) : Math.Max(one, next)),
                Last: entries.Where(static entry => entry.What == "handled").Select(static entry => entry.AtMs).DefaultIfEmpty(0).Max()))
                .ToArray();
            if (places == 1)
            {
                outOfOrder += runs.Zip(runs.Skip(1)).Count(pair =>
                    pair.Second.From < pair.First.To || (inBatches && pair.Second.Last < pair.First.Last));
            }

            tooMany += runs.Count(run => runs.Count(other => other.From < run.From && run.From < other.To) >= places);
        }

        return (lost, outOfOrder, tooMany);
    }

    public async Task NothingWaitsAsync(TestHost host)
    {
        var root = host.Keyspace.Partitions[0].Keys.Root.ToString();
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0 }, "all have ended");
        foreach (var kind in new[] { "active", "backlogs", "backlogged", "held" })
        {
            (await redis.Database.KeyExistsAsync($"{root}:{kind}:default")).Should().BeFalse(kind);
        }
    }

    /// <param name="host">The host.</param>
    /// <param name="count">How many events.</param>
    /// <param name="keys">How many keys they have.</param>
    /// <param name="failing">Each event whose number is a multiple of this fails at its first attempt; 0 for none.</param>
    public static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, int count, int keys = Keys, int failing = 0)
    {
        await new ManualConsumer(host).SubscribeAsync("test.job");
        var ids = new List<string>(count);
        foreach (var some in Enumerable.Range(0, count).Chunk(10_000))
        {
            var events = some.Select(n => EventToPublish.Of(
                new Job(n, failing > 0 && n % failing == 0 ? "fail" : null), new PublishOptions { Key = $"key-{n % keys}" }));
            ids.AddRange((await host.Bus.PublishManyAsync([.. events])).Ids());
        }

        return ids;
    }

    public TestHost Host(int places) => TestHost.Create(redis, configure: options =>
    {
        options.ProcessedLimit = 1_000_000;
        options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places };
    });

    public WorkerProcess Start(TestHost host, int places, int work = 20, params string[] settings) => new(
        redis.HostConnectionString, host.Prefix,
        [$"lease={Lease.TotalMilliseconds}", $"work={work}", $"order={places}", .. settings]);
}
