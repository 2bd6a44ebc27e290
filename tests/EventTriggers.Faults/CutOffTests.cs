using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using EventTriggers.Redis;
using EventTriggers.Testing;
using EventTriggers.Tests;
using EventTriggers.Worker;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace EventTriggers.Faults;

/// <summary>One process is cut off, from the server, from one shard, or in one direction; another goes on.</summary>
public sealed class CutOffTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Partitions = 6;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    // Both processes write the time of this machine's clock, which is the test's.
    [Theory]
    [Trait("Fault", "132")]
    [InlineData(LeaseDoubt.Continue)]
    [InlineData(LeaseDoubt.Cancel)]
    public async Task AProcessThatIsCutOffForThreeLeases_IsRefused(LeaseDoubt choice)
    {
        const int Handlers = 24;
        var work = TimeSpan.FromSeconds(10);
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var host = TestHost.Create(redis);

        // The second is ready and begins when the first has begun everything: before the cut, so that nothing is silent. The runs end while
        // the first is cut off.
        string[] settings =
        [
            $"lease={Lease.TotalMilliseconds}", $"work={work.TotalMilliseconds}", $"concurrency={Handlers}", $"doubt={choice}",
        ];
        var gate = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var second = new WorkerProcess(redis.HostConnectionString, host.Prefix, [.. settings, $"gate={gate}"]);
        await second.ReadyAsync();
        await using var first = new WorkerProcess(redis.HostThrough(proxy.ConnectionString), host.Prefix, settings);
        await first.ReadyAsync();
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, Handlers).Select(static n => new Job(n))]))
            .Select(static one => one.Id).ToArray();
        await Wait.UntilAsync(() => Of(first, "started").Count() == Handlers, "all are running");
        await using var opened = new FileStream(
            gate, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.DeleteOnClose);
        await host.Bus.PublishAsync(new Job(0, "quick"));
        await Wait.UntilAsync(() => second.Says("settled"), "the second is at work");

        proxy.IsBlackhole = true;
        var cut = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Task.Delay(3 * Lease);
        proxy.IsBlackhole = false;
        await Wait.UntilAsync(
            () => Of(second, "settled").Select(static entry => entry.Id).Intersect(ids).Count() == Handlers, "the second has handled them");
        await Wait.UntilAsync(
            () => Of(first, "refused").Concat(Of(first, "lost")).Concat(Of(first, "cancelled")).Select(static entry => entry.Id).Distinct()
                .Count() == Handlers, "the first hears of it");

        var begun = Of(second, "started").Where(entry => ids.Contains(entry.Id))
            .ToDictionary(static entry => entry.Id, static entry => entry.AtMs);
        var ended = Of(first, "handled").Concat(Of(first, "cancelled")).ToDictionary(static entry => entry.Id, static entry => entry.AtMs);
        var overlaps = begun.Count(one => ended[one.Key] > one.Value);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{choice}, lease {Lease.TotalSeconds} s, cut off for {3 * Lease.TotalSeconds} s: {Handlers} runs, {overlaps} overlap with the "
            + $"second's, the first's ended {(ended.Values.Max() - cut) / 1000.0:0.00} s after the cut "
            + $"at the latest, the second's began {(begun.Values.Min() - cut) / 1000.0:0.00} to {(begun.Values.Max() - cut) / 1000.0:0.00} "
            + $"s after it; of the first {Of(first, "refused").Count()} refused, "
            + $"{Of(first, "lost").Count()} lost, {Of(first, "cancelled").Count()} cancelled"));
        begun.Keys.Should().BeEquivalentTo(ids);
        Of(first, "settled").Should().BeEmpty("what it says is refused");
        if (choice == LeaseDoubt.Cancel)
        {
            // Cancelled a tenth of a lease before it is over: only a machine that stands still for as long makes two overlap.
            Of(first, "cancelled").Select(static entry => entry.Id).Should().BeEquivalentTo(ids);
            overlaps.Should().Be(0, "none runs beyond its lease");
        }
    }

    // The connection of one process to one of three shards leads nowhere, and all others are well.
    [Fact]
    [Trait("Fault", "133")]
    public async Task AProcessThatIsCutOffFromOneShard_LosesWhatItHoldsThereOnly()
    {
        const int Each = 8;
        redis.SkipUnlessRedis();
        await using var cluster = await ClusterProcesses.StartAsync(primaries: 3, replicas: 0, CancellationToken.None);
        await using var straight = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
        var prefix = await ClusterTests.SpreadPrefixAsync(straight);
        var homes = Enumerable.Range(0, Partitions).Select(n => ClusterTests.NodeOf(straight, cluster, $"{{{prefix}:{n}}}")).ToArray();
        var shard = cluster.Nodes[homes[0]];
        await using var proxy = new FaultProxy(shard.ConnectionString);
        await using var connection = await OwnRedis.ConnectAsync(
            cluster.ConnectionString, tunnel: new Detour(shard.Port, IPEndPoint.Parse(proxy.ConnectionString)));
        var (finish, runs) = (
            new TaskCompletionSource(
                TaskCreationOptions.RunContinuationsAsynchronously), new ConcurrentQueue<(string Who, string Id, int Attempt)>());
        await using var first = Create("first", connection).Start();
        var ids = Enumerable.Range(0, Partitions)
            .SelectMany(
                n => Enumerable.Range(0, 100_000).Select(static i => $"id{i}").Where(id => Routing.PartitionOf(id, Partitions) == n)
                    .Take(Each))
            .ToArray();
        await Task.WhenAll(ids.Select(id => first.Bus.PublishAsync(new Probe("x"), new PublishOptions { Id = id }).AsTask()));
        await Wait.UntilAsync(() => runs.Count == ids.Length, "all are running");
        var there = ids.Where(id => homes[Routing.PartitionOf(id, Partitions)] == homes[0]).ToArray();

        proxy.IsBlackhole = true;
        var since = TimeProvider.System.GetTimestamp();
        await using var second = Create("second", straight).Start();
        await Wait.UntilAsync(() => runs.Count(static run => run.Who == "second") == there.Length, "the second takes over");
        var taken = TimeProvider.System.GetElapsedTime(since);
        await Task.Delay(2 * Lease);
        proxy.IsBlackhole = false;
        finish.SetResult();
        await Wait.UntilAsync(
            async () => await second.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0 } counts
                && counts.Processed == ids.Length, "all are settled");

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"cut off from one of three shards: {there.Length} of {ids.Length} deliveries taken over after {taken.TotalSeconds:0.0} s "
            + $"(lease {Lease.TotalSeconds} s), the others undisturbed"));
        runs.Where(static run => run.Who == "first").Select(static run => run.Id).Should().BeEquivalentTo(ids);
        runs.Where(static run => run.Who == "second").Select(static run => run.Id).Should().BeEquivalentTo(there);

        TestHost Create(string who, IConnectionMultiplexer way) => TestHost.Create(
            redis,
            build => build.AddHandler<Probe>(async (context, token) =>
            {
                runs.Enqueue((who, context.Id, context.Attempt));
                await finish.Task.WaitAsync(token);
            }),
            options =>
            {
                (options.Partitions, options.Concurrency, options.LeaseDuration, options.RenewalInterval) = (
                    Partitions, 100, Lease, Lease / 4);
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
            },
            prefix: prefix,
            connection: way);
    }

    // What is asked is done, and nobody hears of it. No lease ends while the test runs.
    [Fact]
    [Trait("Fault", "134")]
    public async Task ALinkThatIsCutInOneDirection_LosesAndRepeatsNothing()
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await OwnRedis.ConnectAsync(
            redis.HostThrough(proxy.ConnectionString), timeout: TimeSpan.FromSeconds(1));
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(5));
        await using var host = TestHost.Create(
            redis,
            traffic.Build,
            options =>
            {
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(500);
                (options.ProcessedLimit, options.LeaseDuration, options.RenewalInterval) = (
                    1_000_000, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1));
            },
            connection: connection).Start();
        await using var observer = TestHost.Create(
            redis, configure: static options => options.LeaseDuration = TimeSpan.FromMinutes(5), prefix: host.Prefix);
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();

        var unheard = 0L;
        for (var i = 0; i < 5; i++)
        {
            proxy.IsDeaf = true;
            await observer.Bus.PublishManyAsync([.. Enumerable.Range(0, 20).Select(static n => new Probe($"{n}"))]);
            await Task.Delay(TimeSpan.FromSeconds(2));
            unheard += (await observer.Events.CountAsync()).Leased;
            proxy.IsDeaf = false;
            await proxy.ResetAsync();
            await traffic.FlowsAsync();
        }

        await traffic.EndAsync(observer.Events);

        var records = await observer.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Processed }).ToListAsync();
        output.WriteLine(
            $"{traffic.Accepted.Count} accepted, {traffic.Refused} publishes without an answer: lost {traffic.Lost.Count()}, duplicated "
            + $"{traffic.Duplicates}; {unheard} leases that nobody had heard of were given back");
        unheard.Should().BePositive();
        traffic.Lost.Should().BeEmpty();
        traffic.Duplicates.Should().Be(0);
        records.SelectMany(static record => record.Deliveries).Should()
            .OnlyContain(static delivery => delivery.Attempt == 1 && delivery.Crashes == 0);
        records.Should().HaveCount(traffic.Handled.Count);
    }

    private static IEnumerable<WorkerProcess.Entry> Of(WorkerProcess worker, string what) =>
        worker.History.Where(entry => entry.What == what);

    // A cluster tells its nodes' own ports: the way to one of them leads through the proxy.
    private sealed class Detour(int port, EndPoint proxy) : Tunnel
    {
        public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
            ValueTask.FromResult<EndPoint?>(endpoint is IPEndPoint ip && ip.Port == port ? proxy : endpoint);
    }
}
