using System.Collections.Concurrent;
using System.Globalization;
using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>
/// Worker processes and producers while everything goes wrong at random. <c>EVENTTRIGGERS_FAULT_SEED</c> repeats a run's choices; its
/// timing is the machine's.
/// </summary>
public sealed class RandomFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Workers = 3;
    private const int Concurrency = 32;
    private const int Producers = 4;

    private static readonly TimeSpan Resuming = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FullRun = TimeSpan.FromSeconds(75);

    private readonly ConcurrentBag<Publication> _published = [];
    private readonly ConcurrentBag<WorkerProcess.Entry> _history = [];
    private readonly List<(WorkerProcess Worker, long AtMs)> _continued = [];
    private readonly Dictionary<string, int> _done = [];

    [Fact]
    public async Task WhateverHappens_NothingIsLostAndNothingIsEarly()
    {
        var seed = int.Parse(
            Environment.GetEnvironmentVariable("EVENTTRIGGERS_FAULT_SEED")
                ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        output.WriteLine($"EVENTTRIGGERS_FAULT_SEED={seed}");
        await using var server = await OwnRedis.StartAsync(redis, "--appendonly", "yes", "--appendfsync", "always");
        await using var proxy = new FaultProxy(server.ConnectionString);
        await using var connection = await OwnRedis.ConnectAsync(proxy.ConnectionString);
        await using var host = TestHost.Create(redis, connection: connection);
        var workers = Enumerable.Range(0, Workers).Select(_ => Start(proxy, host)).ToArray();
        using var stop = new CancellationTokenSource();
        var producing = Enumerable.Range(0, Producers).Select(n => ProduceAsync(host.Bus, n, stop.Token)).ToArray();

        // Before the first of them has subscribed nothing is anybody's to handle.
        await Wait.UntilAsync(() => workers.Any(static worker => worker.Says("handled")), "a worker works");
        await DisturbAsync(new Random(seed), server, proxy, host, workers);
        await stop.CancelAsync();
        await Task.WhenAll(producing);
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }, "nothing is stuck");
        var counts = await host.Events.CountAsync();
        foreach (var worker in workers)
        {
            await EndAsync(worker);
        }

        var check = new HistoryCheck([.. _published], [.. _history]);
        output.WriteLine(
            $"{_published.Count} published: {check}, stuck 0; {string.Join(", ", _done.Select(pair => $"{pair.Key} {pair.Value}"))}");
        check.Lost.Should().BeEmpty();
        check.Phantom.Should().BeEmpty();
        check.Early.Should().BeEmpty();
        check.Resurrected.Should().BeEmpty();
        check.DoubleSettled.Should().BeEmpty();
        counts.Dead.Should().Be(0);
        check.RunTwice.Should().BeLessThanOrEqualTo(_done.Values.Sum() * Concurrency, "only what was in flight on a worker that was hit");
    }

    private async Task DisturbAsync(Random random, OwnRedis server, FaultProxy proxy, TestHost host, WorkerProcess[] workers)
    {
        var started = TimeProvider.System.GetTimestamp();
        var length = FullRun * Rounds.Of(50) / 50;
        while (TimeProvider.System.GetElapsedTime(started) < length)
        {
            var victim = random.Next(Workers);
            var (name, act) = random.Next(10) switch
            {
                0 or 1 => ("worker killed", async () =>
                {
                    await workers[victim].KillAsync();
                    await workers[victim].EndedAsync();
                    await EndAsync(workers[victim]);
                    workers[victim] = Start(proxy, host);
                }),
                2 => ("worker stopped beyond its lease", async () =>
                {
                    await workers[victim].StopAsync();
                    await Task.Delay(TimeSpan.FromSeconds(3));
                    await workers[victim].ContinueAsync();
                    _continued.Add((workers[victim], DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
                }),
                3 => ("connections reset", proxy.ResetAsync),
                4 => ("network swallowed", async () =>
                {
                    proxy.IsBlackhole = true;
                    await Task.Delay(500);
                    proxy.IsBlackhole = false;
                }),
                5 => ("clients killed", () => server.RunAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")),
                6 => ("scripts flushed", () => server.RunAsync("SCRIPT", "FLUSH")),
                7 => ("server stopped", async () =>
                {
                    await server.StopAsync();
                    await Task.Delay(1000);
                    await server.ContinueAsync();
                }),
                8 => ("server killed", async () =>
                {
                    await server.KillAsync();
                    await server.RestartAsync();
                }),
                _ => ("subscribers killed", (Func<Task>)(() => server.RunAsync("CLIENT", "KILL", "TYPE", "pubsub"))),
            };
            await TryAsync(act);
            _done[name] = _done.GetValueOrDefault(name) + 1;
            await Task.Delay(random.Next(100, 800));
        }
    }

    // The tests' own connection is struck as well: what it wanted to do is done or not.
    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (StackExchange.Redis.RedisException)
        {
            await Task.Delay(100);
        }
    }

    private async Task ProduceAsync(IEventBus bus, int producer, CancellationToken stop)
    {
        var random = new Random(producer);
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            var delay = random.Next(4) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 1000)) : TimeSpan.Zero;
            var id = $"p{producer}.{n}";
            var notBefore = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + (long)delay.TotalMilliseconds;
            var accepted = false;
            while (!accepted && !stop.IsCancellationRequested)
            {
                try
                {
                    await bus.PublishAsync(new Job(n), new PublishOptions { Id = id, Delay = delay }, CancellationToken.None);
                    accepted = true;
                }
                catch (StoreUnavailableException)
                {
                    await Task.Delay(50, CancellationToken.None);
                }
            }

            _published.Add(new Publication(id, notBefore, accepted));
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static WorkerProcess Start(FaultProxy proxy, TestHost host) =>
        new(proxy.ConnectionString, host.Prefix, "lease=2000", "work=5", $"concurrency={Concurrency}");

    private async Task EndAsync(WorkerProcess worker)
    {
        if (!worker.HasExited)
        {
            await worker.TerminateAsync();
            await worker.EndedAsync();
        }

        foreach (var entry in worker.History)
        {
            // Stopped between its last look at the lease and the handler, it begins when it goes on. Nothing in a process can prevent that.
            var isZombie = entry.What == "started"
                && _continued.Any(one => one.Worker == worker && Math.Abs(entry.AtMs - one.AtMs) < Resuming.TotalMilliseconds);
            _history.Add(isZombie ? entry with { What = "resumed" } : entry);
        }

        await worker.DisposeAsync();
    }
}
