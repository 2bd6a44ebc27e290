using System.Collections.Concurrent;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>
/// A server that stands still for longer than a lease: nobody can renew, nobody can take anything either, and whoever holds a delivery
/// keeps it.
/// </summary>
public sealed class DoubtTests(RedisFixture redis, ITestOutputHelper output)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    // The newcomer starts in the moment in which the server is back.
    [Theory]
    [Trait("Fault", "27")]
    [Trait("Fault", "36")]
    [Trait("Fault", "122")]
    [Trait("Fault", "123")]
    [InlineData(LeaseDoubt.Continue)]
    [InlineData(LeaseDoubt.Cancel)]
    public async Task AStandstillOfThreeLeases_RunsNothingTwice(LeaseDoubt choice)
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var scene = new Scene(redis, server, choice, hosts: 3);
        await scene.StartAsync(events: 60);

        await server.StopAsync();
        await Task.Delay(3 * Lease);
        var cancelled = scene.Cancelled;
        await server.ContinueAsync();
        await scene.AddHostAsync();
        await Task.Delay(2 * Lease);
        scene.Finish();
        await scene.SettledAsync(60);

        output.WriteLine(
            $"{choice}: 60 handlers over a standstill of {3 * Lease}, lease {Lease}: started {scene.Started} times, cancelled "
            + $"{scene.Cancelled}");
        scene.Attempts.Should().AllBeEquivalentTo(1, "no attempt is spent on it");
        if (choice == LeaseDoubt.Continue)
        {
            (scene.Started, scene.Cancelled).Should().Be((60, 0));
            scene.Log.Should().ContainSingle(text => text.Contains("could not be renewed in time", StringComparison.Ordinal));
            scene.Log.Should().ContainSingle(text => text.Contains("no longer in doubt: 20 were still held", StringComparison.Ordinal));
        }
        else
        {
            cancelled.Should().Be(60, "each stops when its lease may be over, although the server does not answer");
            scene.MostAtOnce.Should().Be(1, "no two runs of one event overlap");
        }
    }

    // The leases are there again, older than they last.
    [Fact]
    [Trait("Fault", "40")]
    [Trait("Fault", "122")]
    public async Task ARestartAfterTwoLeases_RunsNothingTwice()
    {
        await using var server = await OwnRedis.StartAsync(redis, "--appendonly", "yes", "--appendfsync", "always");
        await using var scene = new Scene(redis, server, LeaseDoubt.Continue, hosts: 3);
        await scene.StartAsync(events: 60);

        await server.KillAsync();
        await Task.Delay(2 * Lease);
        await server.RestartAsync();
        await scene.AddHostAsync();
        await Wait.UntilAsync(async () => await scene.First.Events.CountAsync() is { Leased: 60 }, "it answers");
        await Task.Delay(2 * Lease);
        scene.Finish();
        await scene.SettledAsync(60);

        scene.Started.Should().Be(60);
    }

    // A handler asks before a step that cannot be undone.
    [Fact]
    public async Task ConfirmLeaseAsync_AsksTheServer()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var scene = new Scene(redis, server, LeaseDoubt.Continue, hosts: 1);
        await scene.StartAsync(events: 1);
        var context = scene.Contexts.Single();

        var certain = context.LeaseIsCertain;
        await context.ConfirmLeaseAsync();
        await server.StopAsync();
        await Wait.UntilAsync(() => !context.LeaseIsCertain, "nobody knows");
        var confirm = () => context.ConfirmLeaseAsync().AsTask();
        await confirm.Should().ThrowAsync<StoreUnavailableException>("it does not answer");
        await server.ContinueAsync();
        await context.ConfirmLeaseAsync();
        var certainAgain = context.LeaseIsCertain;
        await server.Admin.GetDatabase().HashSetAsync($"{{{scene.First.Prefix}:0}}:event:{context.Id}", "fence:default", "7");
        await confirm.Should().ThrowAsync<LeaseLostException>("another consumer has claimed it");
        var certainAfterLoss = context.LeaseIsCertain;
        scene.Finish();
        await Wait.UntilAsync(() => scene.First.Log.Texts.Any(text => text.Contains("lost", StringComparison.Ordinal)), "it is told");

        (certain, certainAgain, certainAfterLoss).Should().Be((true, true, false));
    }

    private sealed class Scene(RedisFixture redis, OwnRedis server, LeaseDoubt choice, int hosts) : IAsyncDisposable
    {
        private readonly string _prefix = RedisFixture.NewPrefix();
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<TestHost> _hosts = [];
        private readonly ConcurrentDictionary<string, int> _running = new();
        private int _started;
        private int _cancelled;
        private int _mostAtOnce;

        public TestHost First => _hosts[0];

        public int Started => Volatile.Read(ref _started);

        public int Cancelled => Volatile.Read(ref _cancelled);

        public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

        public ConcurrentBag<int> Attempts { get; } = [];

        public ConcurrentBag<EventContext> Contexts { get; } = [];

        public IEnumerable<string> Log => _hosts[0].Log.Texts;

        public async Task StartAsync(int events)
        {
            while (_hosts.Count < hosts)
            {
                await AddHostAsync();
            }

            // As many for each, so that all of them hold some.
            await First.Bus.PublishManyAsync([.. Enumerable.Range(0, events).Select(n => new Probe($"{n}"))]);
            await Wait.UntilAsync(() => Started == events, "all are running");
        }

        public async Task AddHostAsync() => _hosts.Add(TestHost.Create(
            redis,
            build => build.AddHandler<Probe>(HandleAsync, handler => handler.WhenLeaseIsInDoubt = choice),
            options =>
            {
                options.Concurrency = 20;
                (options.LeaseDuration, options.RenewalInterval) = (Lease, Lease / 4);
                options.OperationTimeout = TimeSpan.FromSeconds(2);
            },
            prefix: _prefix,
            connection: await OwnRedis.ConnectAsync(server.ConnectionString)).Start());

        public void Finish() => _finish.TrySetResult();

        public Task SettledAsync(int events) =>
            Wait.UntilAsync(
                async () => await First.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 } counts
                    && counts.Processed == events, "all are processed");

        public async ValueTask DisposeAsync()
        {
            Finish();
            foreach (var host in _hosts)
            {
                await host.DisposeAsync();
            }
        }

        private async ValueTask HandleAsync(EventContext<Probe> context, CancellationToken token)
        {
            Attempts.Add(context.Attempt);
            Contexts.Add(context);
            Interlocked.Increment(ref _started);
            var now = _running.AddOrUpdate(context.Id, 1, static (_, n) => n + 1);
            lock (_running)
            {
                _mostAtOnce = Math.Max(_mostAtOnce, now);
            }

            try
            {
                await _finish.Task.WaitAsync(token);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
                throw;
            }
            finally
            {
                _running.AddOrUpdate(context.Id, 0, static (_, n) => n - 1);
            }
        }
    }
}
