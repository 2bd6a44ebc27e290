using System.Globalization;
using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>
/// Leases in doubt, of processes; their histories judge. <c>EVENTTRIGGERS_DOUBT_LEASES</c> makes it 500 handlers and five seeds for each of
/// the leases that it names, in seconds, as in <c>3,15</c>.
/// </summary>
public sealed class ProcessDoubtTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Processes = 3;

    private static readonly string? Full = Environment.GetEnvironmentVariable("EVENTTRIGGERS_DOUBT_LEASES");

    public static TheoryData<int, int, int> Standstills { get; } = string.IsNullOrEmpty(Full)
        ? [(2, 90, 1)]
        : [
            .. from lease in Full.Split(',') from seed in Enumerable.Range(1, 5) select (
                int.Parse(lease, CultureInfo.InvariantCulture), 500, seed),
        ];

    [Theory]
    [Trait("Fault", "131")]
    [MemberData(nameof(Standstills))]
    public async Task AStandstillOfThreeLeases_RunsNothingTwice(int leaseSeconds, int handlers, int seed)
    {
        var (lease, chance) = (TimeSpan.FromSeconds(leaseSeconds), new Random(seed));
        await using var server = await OwnRedis.StartAsync(redis);
        await using var scene = new Scene(redis, server, lease, handlers, partitions: 1 + chance.Next(4), chance.Next(handlers / 4));
        await scene.StartAsync();

        await Task.Delay(lease * chance.NextDouble());
        await server.StopAsync();
        await Task.Delay(3 * lease);

        // At the latest in that moment; it may have asked already, and then be the first that is answered.
        var ahead = TimeSpan.FromMilliseconds(chance.Next(1500));
        var fourth = scene.AddWorker();
        await Task.Delay(ahead);
        await server.ContinueAsync();
        await scene.EndedAsync();

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"lease {lease}, {handlers} handlers, seed {seed}: {scene.Describe()}, of them "
            + $"{fourth.History.Count(static entry => entry.What == "started")} by the newcomer, "
            + $"which was started {ahead.TotalMilliseconds:0} ms before"));
        scene.Started.Should().BeEquivalentTo(scene.Ids, "each is started once");
        scene.Count("cancelled").Should().Be(0);
    }

    // The server is killed instead, and comes back with its data.
    [Fact]
    [Trait("Fault", "131")]
    public async Task ARestartAfterTwoLeases_RunsNothingTwice_AndEventsFlowAgain()
    {
        var lease = TimeSpan.FromSeconds(2);
        await using var server = await OwnRedis.StartAsync(redis, "--appendonly", "yes", "--appendfsync", "always");
        await using var scene = new Scene(redis, server, lease, handlers: 90, partitions: 2, free: 15);
        await scene.StartAsync();

        await server.KillAsync();
        await Task.Delay(2 * lease);
        await server.RestartAsync();
        var since = TimeProvider.System.GetTimestamp();
        scene.AddWorker();
        var flows = await scene.FlowsAsync(since);
        await scene.EndedAsync();

        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{scene.Describe()}; events flow again {flows.TotalSeconds:0.0} s after the server answers"));
        scene.Started.Should().BeEquivalentTo(scene.Ids, "each is started once");
    }

    private sealed class Scene : IAsyncDisposable
    {
        // Which job is which is in the histories by its id alone.
        private const string Quick = "quick";

        private readonly List<WorkerProcess> _workers = [];
        private readonly Func<WorkerProcess> _start;
        private readonly TestHost _host;
        private readonly int _handlers;

        // Each process has room for so many more than its share.
        public Scene(RedisFixture redis, OwnRedis server, TimeSpan lease, int handlers, int partitions, int free)
        {
            _handlers = handlers;
            _host = TestHost.Create(
                redis, configure: options => (
                    options.Partitions, options.OperationTimeout) = (partitions, TimeSpan.FromSeconds(2)), connection: server.Admin);

            // As long as nothing is taken away after the standstill, and three leases longer.
            var work = (7 * lease) + TimeSpan.FromSeconds(10);
            _start = () => new WorkerProcess(
                server.ConnectionString,
                _host.Prefix,
                $"lease={lease.TotalMilliseconds}",
                $"work={work.TotalMilliseconds}",
                $"concurrency={((handlers + Processes - 1) / Processes) + free}",
                $"partitions={partitions}");
            Work = work;
        }

        public TimeSpan Work { get; }

        public IReadOnlyList<string> Ids { get; private set; } = [];

        /// <summary>Gets the ids of the slow events in the order in which they were started, once for each time.</summary>
        public IEnumerable<string> Started => Entries("started").Select(static entry => entry.Id);

        public int Count(string what) => Entries(what).Count();

        public string Describe() =>
            $"started {Count("started")} times, ended {Count("handled")}, cancelled {Count("cancelled")}, refused {Count("refused")}, lost "
            + $"{Count("lost")}";

        public WorkerProcess AddWorker()
        {
            _workers.Add(_start());
            return _workers[^1];
        }

        public async Task StartAsync()
        {
            for (var i = 0; i < Processes; i++)
            {
                AddWorker();
            }

            await Task.WhenAll(_workers.Select(static worker => worker.ReadyAsync()));
            Ids = await _host.Bus.PublishSpreadAsync(Enumerable.Range(0, _handlers).Select(static n => new Job(n)));
            await Wait.UntilAsync(() => Started.Count() == _handlers, "all are running");
        }

        /// <summary>Publishes until one of the events is handled.</summary>
        public async Task<TimeSpan> FlowsAsync(long since)
        {
            for (var n = 0; !_workers.Any(
                static worker => worker.History.Any(static entry => entry.What == "handled" && IsQuick(entry))); n++)
            {
                try
                {
                    await _host.Bus.PublishAsync(new Job(n, Quick), new PublishOptions { Id = $"{Quick}-{n}" });
                }
                catch (StoreUnavailableException)
                {
                    // The client has not yet noticed that the server is back.
                }

                await Task.Delay(50, CancellationToken.None);
            }

            return TimeProvider.System.GetElapsedTime(since);
        }

        public async Task EndedAsync()
        {
            await Wait.UntilAsync(
                () => ValueTask.FromResult(
                    Ids.All(
                        Entries("handled").Select(static entry => entry.Id)
                            .ToHashSet().Contains)), "all have ended", Work + TimeSpan.FromSeconds(60));
            await Wait.UntilAsync(
                async () => await _host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0 }, "all are settled");
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var worker in _workers)
            {
                await worker.DisposeAsync();
            }

            await _host.DisposeAsync();
        }

        private static bool IsQuick(WorkerProcess.Entry entry) => entry.Id.StartsWith(Quick, StringComparison.Ordinal);

        private IEnumerable<WorkerProcess.Entry> Entries(string what) =>
            _workers.SelectMany(static worker => worker.History).Where(entry => entry.What == what && !IsQuick(entry));
    }
}
