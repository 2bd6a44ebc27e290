using System.Globalization;
using System.Text;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>Limits across processes: how much of them is used, and what becomes of grants when processes and servers fail.</summary>
public sealed class RateLimitFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Rate = 100;
    private const int Burst = 10;

    // In CI for three seconds; more than ten take 8 processes, and give the figures of docs/rate-limits.md.
    private static readonly int Seconds =
        int.Parse(Environment.GetEnvironmentVariable("EVENTTRIGGERS_LIMIT_SECONDS") ?? "3", CultureInfo.InvariantCulture);

    public static TheoryData<bool> Before => [true, false];

    [Fact]
    public async Task Processes_TogetherKeepTheLimit_InAnySpanOfTime()
    {
        var isLong = Seconds > 10;
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedLimit = 1_000_000);
        await using var workers = new Workers([.. Enumerable.Range(0, isLong ? 8 : 2).Select(_ => Start(host))]);

        // Where figures are wanted, processes that are still compiling their code are not measured.
        var before = isLong ? Rate * 3 : 10;
        await HandledAsync(before);
        await HandledAsync(before + (Rate * Seconds));
        var starts = (await workers.StartsAsync()).Select(static start => start.AtMs).Order().Skip(before).ToArray();

        // What begins, begins at most a second after it was granted; in processes that run, mostly within milliseconds.
        var excess = Excess(starts);
        var (inASecond, used) = (MostInASecond(starts), (starts.Length - Burst) * 1000.0 / Rate / (starts[^1] - starts[0]));
        output.WriteLine($"At most {inASecond} in a second, {excess:F1} above the limit in any span, {used:P1} of the limit used.");
        starts.Should().HaveCount(Rate * Seconds);
        excess.Should().BeLessThanOrEqualTo(isLong ? Rate / 20 : Rate);
        if (isLong)
        {
            used.Should().BeGreaterThan(0.98);
        }

        async Task HandledAsync(int count)
        {
            var published = (await host.Events.CountAsync()).Processed;
            await PublishAsync(host, (int)(count - published));
            await Wait.UntilAsync(
                async () => (await host.Events.CountAsync()).Processed == count, $"{count} are handled",
                TimeSpan.FromSeconds(60 + (2 * Seconds)));
        }
    }

    // The others are refused by the limit in Redis. What had a grant begins, mostly at once and at most a second later.
    [Fact]
    public async Task WhatOneProcessIsToldToRetryLater_StopsAll()
    {
        var stands = TimeSpan.FromSeconds(4);
        await using var host = TestHost.Create(redis);
        await using var workers = new Workers([.. Enumerable.Range(0, 4).Select(_ => Start(host))]);
        await PublishAsync(host, 2 * Rate);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2 * Rate, "all processes run");

        // It expires before it would be told so again.
        await PublishAsync(host, Rate / 2);
        var later = (await host.Bus.PublishAsync(new Job(0, "later"), new PublishOptions { ExpiresAfter = stands * 0.9 })).Id;
        await PublishAsync(host, 4 * Rate);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == (6 * Rate) + (Rate / 2), "the limit goes on");

        var starts = await workers.StartsAsync();
        var told = starts.Single(start => start.Id == later).AtMs;
        var after = starts.Select(start => start.AtMs - told).Where(ms => ms > 0 && ms < stands.TotalMilliseconds).Append(0).ToArray();
        output.WriteLine($"{after.Length - 1} began after it, the last one {after.Max()} ms after it.");
        after.Max().Should().BeLessThan((long)(stands / 2).TotalMilliseconds);
    }

    // Its grants are lost, and run out: nothing else is.
    [Theory]
    [Trait("Fault", "166")]
    [MemberData(nameof(Before))]
    public async Task AProcessThatIsKilledBetweenItsGrantsAndItsClaim_LosesNothing(bool before)
    {
        redis.SkipInACluster();
        await using var host = TestHost.Create(redis);
        await PublishAsync(host, 30);
        await redis.Database.ExecuteAsync("SCRIPT", "LOAD", Script.TakeGrants.Text);
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        var struck = proxy.ArmAsync(before ? Fault.HoldRequest : Fault.HoldReply, Encoding.UTF8.GetBytes(Script.TakeGrants.Sha1));
        await using var victim = new WorkerProcess(redis.HostThrough(proxy.ConnectionString), host.Prefix, $"limit={Rate}");
        await Wait.ForAsync(struck);
        await victim.KillAsync();
        await victim.EndedAsync();

        await using var other = Start(host);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 30, "all are handled");

        victim.History.Should().NotContain(static entry => entry.What == "started");
        other.History.Where(static entry => entry.What == "started").Should().OnlyHaveUniqueItems(static entry => entry.Id);
    }

    // A limit in each partition: the shard that goes has some of them.
    [Theory]
    [Trait("Fault", "167")]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task WhileTheShardOfALimitIsAway_ItsGroupWaits_AndOthersGoOn(string how)
    {
        var (limited, free) = (0, 0);
        await using var shards = await Shards.StartAsync(
            redis,
            Shards.Timeout,
            build => build
                .AddGroup("limited", group =>
                {
                    for (var partition = 0; partition < ClusterTests.Partitions; partition++)
                    {
                        group.Limit(LimitIn(partition), 1_000_000, TimeSpan.FromSeconds(1));
                    }

                    group.AddHandler<Probe>((_, _) => Count(ref limited));
                })
                .AddGroup("free", group => group.AddHandler<Probe>((_, _) => Count(ref free))));
        shards.Host.Start();
        await PublishAsync(shards.AliveIds(5, "before"));
        await Wait.UntilAsync(() => limited == 5 && free == 5, "both work");

        await shards.LeaveAsync(how);
        await PublishAsync(shards.AliveIds(20, "during"));
        await Wait.UntilAsync(() => free == 25, "the other group goes on");
        limited.Should().Be(5);
        await shards.ReturnAsync(how);

        await Wait.UntilAsync(() => limited >= 25, "the group goes on");

        async Task PublishAsync(string[] ids)
        {
            foreach (var id in ids)
            {
                await shards.Host.Bus.PublishAsync(new Probe("x"), new PublishOptions { Id = id });
            }
        }
    }

    private static string LimitIn(int partition) => Enumerable.Range(0, 1000).Select(static n => $"limit{n}")
        .First(name => Routing.PartitionOf(name, ClusterTests.Partitions) == partition);

    private static ValueTask Count(ref int count)
    {
        Interlocked.Increment(ref count);
        return ValueTask.CompletedTask;
    }

    // By how many starts any span of time has more than the burst and its share of the rate.
    private static double Excess(long[] starts)
    {
        var most = double.NegativeInfinity;
        for (var first = 0; first < starts.Length; first++)
        {
            for (var last = first; last < starts.Length; last++)
            {
                most = Math.Max(most, last - first + 1 - Burst - (Rate * (starts[last] - starts[first] + 1) / 1000.0));
            }
        }

        return most;
    }

    private static int MostInASecond(long[] starts) => starts.Max(from => starts.Count(at => at >= from && at < from + 1000));

    private static async Task PublishAsync(TestHost host, int count)
    {
        await new ManualConsumer(host).SubscribeAsync("test.job");
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new Job(n))]);
    }

    private WorkerProcess Start(TestHost host) => new(redis.HostConnectionString, host.Prefix, $"limit={Rate}", $"burst={Burst}");

    /// <summary>Processes that end with the test, whatever becomes of it.</summary>
    private sealed class Workers(IReadOnlyList<WorkerProcess> all) : IAsyncDisposable
    {
        /// <summary>Ends the processes, and reads what their handlers began.</summary>
        public async Task<IReadOnlyList<(string Id, long AtMs)>> StartsAsync()
        {
            await Task.WhenAll(all.Select(static worker => worker.TerminateAsync()));
            return
            [
                .. all.SelectMany(static worker => worker.History).Where(static entry => entry.What == "started")
                    .Select(static entry => (entry.Id, entry.AtMs)),
            ];
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var worker in all)
            {
                await worker.DisposeAsync();
            }
        }
    }
}
