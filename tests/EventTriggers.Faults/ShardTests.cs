using System.Collections.Concurrent;
using System.Globalization;
using EventTriggers.Redis;
using EventTriggers.Testing;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>One of three shards stands still: its partitions wait, and the others do not notice.</summary>
public sealed class ShardTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Partitions = 6;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    // With 120 deliveries in flight everywhere.
    [Fact]
    [Trait("Fault", "126")]
    public async Task AShardThatStandsStill_TakesNoLeaseAndNoTimeFromTheOthers()
    {
        await using var scene = await Scene.CreateAsync(redis);
        var (first, _) = (await scene.AddHostAsync(), await scene.AddHostAsync());
        await Scene.PublishSlowAsync(first, 120);
        await Wait.UntilAsync(() => scene.Runs.Count == 120, "all are in flight");
        var before = await scene.MeasureAsync(first, TimeSpan.FromSeconds(6));

        await scene.StandStillAsync();
        var meanwhile = await scene.MeasureAsync(first, TimeSpan.FromSeconds(8));
        await scene.GoOnAsync();
        await Task.Delay(2 * Lease);
        scene.Finish();
        await Wait.UntilAsync(
            async () => await first.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0 }, "all are settled");

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"quick events on the healthy shards, ms: before p50 {P(before, 0.5):0.0}, p99 {P(before, 0.99):0.0}, max {before.Max():0.0} "
            + $"of {before.Count}; "
            + $"meanwhile p50 {P(meanwhile, 0.5):0.0}, p99 {P(meanwhile, 0.99):0.0}, max {meanwhile.Max():0.0} of {meanwhile.Count}"));
        scene.Runs.Values.Should().AllBeEquivalentTo(1, "nothing runs twice, neither there nor elsewhere");
        meanwhile.Count.Should()
            .BeGreaterThan(
                before.Count / 2, "the others do not wait for it: in more time at least half as many came through, one after another");
    }

    // Also where the triggers that the host declares live on the shard that is away.
    [Theory]
    [Trait("Fault", "127")]
    [InlineData(0)]
    [InlineData(100)]
    public async Task AHostThatStartsMeanwhile_ServesTheOthers_AndStopsInTime(int triggers)
    {
        await using var scene = await Scene.CreateAsync(redis);
        var earlier = await scene.AddHostAsync();
        await Task.WhenAll(Enumerable.Range(0, Partitions).Select(partition => scene.HandleOneAsync(earlier, partition)));
        await scene.StopAsync(earlier);
        await scene.StandStillAsync();

        var since = TimeProvider.System.GetTimestamp();
        var host = await scene.AddHostAsync(triggers);
        var connected = TimeProvider.System.GetElapsedTime(since);
        since = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(scene.Healthy.Select(partition => scene.HandleOneAsync(host, partition)));
        var served = TimeProvider.System.GetElapsedTime(since);
        await Task.Delay(1000);
        since = TimeProvider.System.GetTimestamp();
        await scene.StopAsync(host);
        var stopped = TimeProvider.System.GetElapsedTime(since);

        output.WriteLine(
            $"{triggers} declared triggers on the shard that is away: connected after {connected.TotalSeconds:0.0} s, served "
            + $"{served.TotalSeconds:0.0} s later, stopped in {stopped.TotalSeconds:0.0} s");
        served.Should().BeLessThan(TimeSpan.FromSeconds(4), "what waits for the shard that is away takes 5 s");
        stopped.Should().BeLessThan(Scene.Drain + TimeSpan.FromSeconds(5));
    }

    private static double P(List<double> latencies, double share) => latencies.Order().ElementAt((int)(share * (latencies.Count - 1)));

    private sealed class Scene : IAsyncDisposable
    {
        public static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

        private readonly RedisFixture _redis;
        private readonly ClusterProcesses _cluster;
        private readonly string _prefix;
        private readonly int _away;
        private readonly List<TestHost> _hosts = [];
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _quick = new();
        private readonly int[] _homes;
        private bool _stands;

        private Scene(RedisFixture redis, ClusterProcesses cluster, string prefix, int[] homes)
        {
            (_redis, _cluster, _prefix, _homes) = (redis, cluster, prefix, homes);
            _away = homes[0];
        }

        /// <summary>Gets how often each slow event ran.</summary>
        public ConcurrentDictionary<string, int> Runs { get; } = new();

        public IEnumerable<int> Healthy => Enumerable.Range(0, Partitions).Where(n => _homes[n] != _away);

        public static async Task<Scene> CreateAsync(RedisFixture redis)
        {
            redis.SkipUnlessRedis();
            var cluster = await ClusterProcesses.StartAsync(primaries: 3, replicas: 0, CancellationToken.None);
            await using var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
            var prefix = await ClusterTests.SpreadPrefixAsync(connection);
            return new Scene(
                redis, cluster, prefix, [
                    .. Enumerable.Range(0, Partitions).Select(n => ClusterTests.NodeOf(connection, cluster, $"{{{prefix}:{n}}}")),
                ]);
        }

        public async Task<TestHost> AddHostAsync(int triggers = 0)
        {
            var host = TestHost.Create(
                _redis,
                build =>
                {
                    build.AddHandler<Probe>(HandleAsync);
                    foreach (var id in IdsIn(n => _homes[n] == _away, "declared").Take(triggers))
                    {
                        build.AddTrigger(id, Trigger.On<Watched>().Publish(new Numbered(1)));
                    }
                },
                options =>
                {
                    (options.Partitions, options.Concurrency, options.DrainTimeout) = (Partitions, 200, Drain);
                    (options.LeaseDuration, options.RenewalInterval) = (Lease, Lease / 4);
                    (options.PollInterval, options.PollIntervalWhenDisconnected) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
                },
                prefix: _prefix,
                connection: await OwnRedis.ConnectAsync(_cluster.ConnectionString)).Start();
            _hosts.Add(host);
            return host;
        }

        public async Task StopAsync(TestHost host)
        {
            _hosts.Remove(host);
            await host.DisposeAsync();
        }

        public static Task PublishSlowAsync(TestHost host, int events) =>
            Task.WhenAll(
                IdsIn(static _ => true, "slow").Take(events)
                    .Select(id => host.Bus.PublishAsync(new Probe("slow"), new PublishOptions { Id = id }).AsTask()));

        /// <summary>Publishes an event after another to the healthy shards for a while.</summary>
        /// <returns>How many ms each took from before it was published until a handler had it.</returns>
        public async Task<List<double>> MeasureAsync(TestHost host, TimeSpan time)
        {
            var (latencies, since) = (new List<double>(), TimeProvider.System.GetTimestamp());
            using var ids = IdsIn(n => _homes[n] != _away, Guid.NewGuid().ToString("N")).GetEnumerator();
            while (TimeProvider.System.GetElapsedTime(since) < time && ids.MoveNext())
            {
                var sent = TimeProvider.System.GetTimestamp();
                await HandleOneAsync(host, ids.Current);
                latencies.Add(TimeProvider.System.GetElapsedTime(sent).TotalMilliseconds);
                await Task.Delay(5, CancellationToken.None);
            }

            return latencies;
        }

        public Task HandleOneAsync(TestHost host, int partition) =>
            HandleOneAsync(host, IdsIn(n => n == partition, Guid.NewGuid().ToString("N")).First());

        public void Finish() => _finish.TrySetResult();

        public async Task StandStillAsync()
        {
            _stands = true;
            await Signals.SendAsync(_cluster.Nodes[_away].Id, "STOP");
        }

        public async Task GoOnAsync()
        {
            _stands = false;
            await Signals.SendAsync(_cluster.Nodes[_away].Id, "CONT");
        }

        public async ValueTask DisposeAsync()
        {
            Finish();
            if (_stands)
            {
                await GoOnAsync();
            }

            foreach (var host in _hosts)
            {
                await host.DisposeAsync();
            }

            await _cluster.DisposeAsync();
        }

        private static IEnumerable<string> IdsIn(Func<int, bool> partition, string name) =>
            Enumerable.Range(0, 1_000_000).Select(n => $"{name}-{n}").Where(id => partition(Routing.PartitionOf(id, Partitions)));

        private async Task HandleOneAsync(TestHost host, string id)
        {
            var handled = _quick.GetOrAdd(id, static _ => new TaskCompletionSource());
            await host.Bus.PublishAsync(new Probe("quick"), new PublishOptions { Id = id });
            await Wait.ForAsync(handled.Task);
        }

        private async ValueTask HandleAsync(EventContext<Probe> context, CancellationToken token)
        {
            if (context.Event.Marker == "quick")
            {
                _quick[context.Id].TrySetResult();
                return;
            }

            Runs.AddOrUpdate(context.Id, 1, static (_, n) => n + 1);
            await _finish.Task.WaitAsync(token);
        }
    }
}
