using System.Collections.Concurrent;
using EventTriggers.Events;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>Hosts of one group, each a process, that handle different types.</summary>
public sealed class RollingTests(RedisFixture redis, ITestOutputHelper output)
{
    private static readonly byte[] Payload = """{"Number":1}"""u8.ToArray();
    private static readonly TimeSpan Started = TimeSpan.FromMinutes(2);

    // What the processes of the test have handled.
    private readonly List<WorkerProcess> _workers = [];
    private readonly ConcurrentDictionary<string, (string Type, long AtMs)> _published = new();

    private IEnumerable<(string Type, WorkerProcess.Entry Entry)> Handled =>
        _workers.SelectMany(static worker => worker.History).Where(static entry => entry.What == "handled")
            .Select(entry => (_published[entry.Id].Type, entry));

    // A full run has 2000 events of the type that one of the hosts handles, at 100 a second.
    [Fact]
    [Trait("Fault", "18")]
    public async Task ATypeThatOneOfFourHostsHandles_IsHandledThere_SoonAndAtItsFirstAttempt()
    {
        await using var host = TestHost.Create(redis);
        try
        {
            await Task.WhenAll(StartAsync(host, "a"), StartAsync(host, "a"), StartAsync(host, "a"), StartAsync(host, "a,b"));

            await PublishAsync(
                host, Math.Max(400, Rounds.Of(2000)), perSecond: Rounds.Count >= 50 ? 100 : 200, static _ => "b", CancellationToken.None);
            await SettledAsync(host);

            Judge("one of four");
            (await host.Events.CountAsync()).Dead.Should().Be(0);
        }
        finally
        {
            await EndAsync();
        }
    }

    // Every host is replaced by one that handles a type more, and then by one that does not.
    [Fact]
    [Trait("Fault", "124")]
    public async Task HostsThatAreReplacedForwardAndBackUnderLoad_LoseNothing()
    {
        const int Hosts = 8;
        await using var host = TestHost.Create(redis);
        using var end = new CancellationTokenSource();
        try
        {
            var running = new Queue<WorkerProcess>(await Task.WhenAll(Enumerable.Range(0, Hosts).Select(_ => StartAsync(host, "a"))));
            async Task ReplaceAsync(string types)
            {
                running.Enqueue(await StartAsync(host, types));
                var old = running.Dequeue();
                await old.TerminateAsync();
                await old.EndedAsync();
            }

            // From the first host that handles it to the last one.
            var isHandled = false;
            var publishing = PublishAsync(
                host, int.MaxValue, perSecond: 100, n => n % 2 == 0 && Volatile.Read(ref isHandled) ? "b" : "a", end.Token);
            for (var i = 0; i < Hosts; i++)
            {
                await ReplaceAsync("a,b");
                Volatile.Write(ref isHandled, true);
            }

            for (var i = 0; i < Hosts; i++)
            {
                Volatile.Write(ref isHandled, i < Hosts - 1);
                await ReplaceAsync("a");
            }

            await end.CancelAsync();
            await publishing;
            await SettledAsync(host);

            Judge("replaced forward and back");
            (await host.Events.CountAsync()).Dead.Should().Be(0);
        }
        finally
        {
            await EndAsync();
        }
    }

    // The last host of a type is gone while events of it come, and one comes back.
    [Fact]
    [Trait("Fault", "125")]
    public async Task ATypeWhoseLastHostIsGone_IsHeld_AndTakenAtOnceByTheNext()
    {
        await using var host = TestHost.Create(redis);
        try
        {
            var first = await StartAsync(host, "a,b");
            await StartAsync(host, "a");
            await PublishAsync(host, 200, perSecond: 400, static _ => "b", CancellationToken.None);
            await first.TerminateAsync();
            await PublishAsync(host, 1000, perSecond: 1000, static _ => "b", CancellationToken.None);
            await first.EndedAsync();
            await Wait.UntilAsync(
                async () => await host.Events.CountAsync() is { Leased: 0, Delayed: 0 } counts
                    && counts.Ready == await redis.Database.ListLengthAsync(host.Keyspace.Partitions[0].Keys.Parked("default", "b")),
                "the rest is held");
            var held = (await host.Events.CountAsync()).Ready;

            var began = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var next = await StartAsync(host, "b");
            await SettledAsync(host);

            var took = next.History.Where(static entry => entry.What == "handled")
                .Max(static entry => entry.AtMs) - next.History.First(static entry => entry.What == "ready").AtMs;
            output.WriteLine(
                $"{held} were held; the next host took them within {took} ms of its start, "
                + $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - began} ms after its process began");
            held.Should().BeGreaterThan(0);
            Judge("held and taken");
            (await host.Events.CountAsync()).Dead.Should().Be(0);
        }
        finally
        {
            await EndAsync();
        }
    }

    private async Task<WorkerProcess> StartAsync(TestHost host, string types)
    {
        var worker = new WorkerProcess(redis.HostConnectionString, host.Prefix, $"types={types}", "concurrency=8");
        lock (_workers)
        {
            _workers.Add(worker);
        }

        await worker.ReadyAsync();

        // It says who handles what right after it has begun.
        var handlers = host.Keyspace.Partitions[0].Keys.Handlers("default", types.Split(',')[^1]);
        await Wait.UntilAsync(async () => await redis.Database.SortedSetLengthAsync(handlers) > 0, "it is registered", Started);
        return worker;
    }

    private async Task PublishAsync(TestHost host, int count, int perSecond, Func<int, string> type, CancellationToken stop)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var n = 0; n < count && !stop.IsCancellationRequested;)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            for (var i = 0; i < perSecond / 50 && n < count; i++, n++)
            {
                var (id, name) = (IdGenerator.Next(), type(n));
                _published[id] = (name, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                await host.Bus.PublishRawAsync(name, Payload, new PublishOptions { Id = id }, CancellationToken.None);
            }
        }
    }

    private static Task SettledAsync(TestHost host) =>
        Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Delayed: 0, Leased: 0 }, "everything is settled");

    // How long it took is written down, not judged: processes that start on a busy machine take as long as they take.
    private void Judge(string what)
    {
        var handled = Handled.ToArray();
        foreach (var type in handled.GroupBy(static one => one.Type))
        {
            var late = type.Select(one => one.Entry.AtMs - _published[one.Entry.Id].AtMs).Order().ToArray();
            output.WriteLine(
                $"{what}, {type.Key}: {late.Length} handled, p50 {late[late.Length / 2]} ms, p99 {late[late.Length * 99 / 100]} ms, at "
                + $"most {late[^1]} ms");
        }

        var (ids, attempts) = (handled.Select(static one => one.Entry.Id).ToHashSet(), handled.Max(static one => one.Entry.Number));
        (_published.Keys.Count(id => !ids.Contains(id)), handled.Length - ids.Count).Should()
            .Be((0, 0), "none is lost, and none is handled twice");
        attempts.Should().Be(1, "no attempt is spent on hosts that do not handle the type");
    }

    private async Task EndAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }
    }
}
