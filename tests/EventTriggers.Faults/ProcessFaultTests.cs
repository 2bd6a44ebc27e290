using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>Processes that are killed, starved, or killed by what they handle.</summary>
public sealed class ProcessFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Concurrency = 32;

    // An event that ends its process each time is a dead letter after MaxCrashes, and the others are handled.
    [Theory]
    [Trait("Fault", "8")]
    [Trait("Fault", "14")]
    [InlineData("die")]
    [InlineData("overflow")]
    public async Task AnEventThatKillsItsProcess_EndsAsADeadLetter(string fate)
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("test.job");
        var poison = (await host.Bus.PublishAsync(new Job(0, fate))).Id;
        var others = (await host.Bus.PublishManyAsync([.. Enumerable.Range(1, 50).Select(n => new Job(n))])).Ids();
        var workers = 0;
        while ((await host.Events.FindAsync(poison))!.Deliveries[0].Status != DeliveryStatus.Dead)
        {
            (++workers).Should().BeLessThanOrEqualTo(6, "five crashes are the limit");
            await using var worker = new WorkerProcess(redis.HostConnectionString, host.Prefix, "lease=1000");
            await Wait.UntilAsync(
                async () => worker.HasExited
                    || (await host.Events.FindAsync(poison))!.Deliveries[0].Status == DeliveryStatus.Dead, "it dies, or the event is dead");
        }

        await using var last = new WorkerProcess(redis.HostConnectionString, host.Prefix, "lease=1000");
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }, "the others are settled");
        var dead = (await host.Events.FindAsync(poison))!.Deliveries[0];
        (dead.Crashes, dead.Error).Should().Be((5, "Its consumer crashed 5 times."));
        foreach (var id in others)
        {
            (await host.Events.FindAsync(id))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Processed, "others are unharmed");
        }

        output.WriteLine($"{fate}: {workers} processes took it; {(await host.Events.CountAsync()).Processed} of 50 others processed");
    }

    [Fact]
    [Trait("Fault", "10")]
    public async Task AStarvedProcess_HandlesEachEventOnce()
    {
        await using var host = TestHost.Create(redis);
        await using var worker = new WorkerProcess(redis.HostConnectionString, host.Prefix, "lease=10000", "work=20");
        await worker.ReadyAsync();
        var loops = Enumerable.Range(0, 3 * Environment.ProcessorCount)
            .Select(_ => Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]) { UseShellExecute = false })!).ToArray();
        try
        {
            var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 2000).Select(n => new Job(n))])).Ids();
            await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == ids.Count, "all are processed");
            worker.History.Count(entry => entry.What == "handled").Should().Be(ids.Count, "each once");
        }
        finally
        {
            foreach (var loop in loops)
            {
                loop.Kill();
                loop.Dispose();
            }
        }
    }

    // Every handler blocks a thread of the pool for longer than a lease.
    [Fact]
    [Trait("Fault", "11")]
    public async Task HandlersThatBlockTheThreadPool_KeepTheirLeases()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("test.job");
        await using var worker = new WorkerProcess(redis.HostConnectionString, host.Prefix, "lease=5000", "block=8000", "concurrency=200");
        await worker.ReadyAsync();

        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 200).Select(n => new Job(n, "block"))])).Ids();
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }
                || worker.History.Any(entry => entry.What == "cancelled"), "all are settled", TimeSpan.FromMinutes(3));

        var runs = worker.History.Count(entry => entry.What == "started");
        output.WriteLine(
            $"{ids.Count} handlers that block a thread for 8 s, lease 5 s: run {runs} times, refused "
            + $"{worker.History.Count(entry => entry.What == "refused")}");
        runs.Should().Be(ids.Count);
    }

    // With the default options and with a documented shorter lease.
    [Theory]
    [Trait("Fault", "3")]
    [Trait("Fault", "4")]
    [InlineData(20_000)]
    [InlineData(5_000)]
    public async Task WhatAKilledProcessHeld_IsHandledByAnotherAfterItsLease(int leaseMs)
    {
        var handled = new ConcurrentDictionary<string, long>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Job>((context, _) =>
        {
            handled.TryAdd(context.Id, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            return default;
        }), options =>
        {
            (options.LeaseDuration, options.RenewalInterval) = (TimeSpan.FromMilliseconds(leaseMs), TimeSpan.FromMilliseconds(leaseMs / 4));
            options.PollInterval = TimeSpan.FromSeconds(5);
            options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
        });
        var victims = Enumerable.Range(0, 3)
            .Select(_ => new WorkerProcess(redis.HostConnectionString, host.Prefix, $"lease={leaseMs}", "work=600000")).ToArray();
        await Task.WhenAll(victims.Select(victim => victim.ReadyAsync()));
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, victims.Length * Concurrency).Select(n => new Job(n))])).Ids();
        await Wait.UntilAsync(
            () => victims.Sum(victim => victim.History.Count(entry => entry.What == "started")) == ids.Count, "all are running");
        host.Start();
        await Task.Delay(Random.Shared.Next(leaseMs / 4));

        var killed = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Task.WhenAll(victims.Select(victim => victim.KillAsync()));
        await Wait.UntilAsync(() => handled.Count == ids.Count, "all are handled by the survivor");

        var waits = handled.Values.Select(at => at - killed).Order().ToArray();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"lease {leaseMs} ms, {waits.Length} deliveries of killed processes: recovered after p50 "
            + $"{waits[waits.Length / 2] / 1000.0:0.00} s, p99 {waits[(int)(waits.Length * 0.99)] / 1000.0:0.00} s"));
        (await host.Events.CountAsync()).Dead.Should().Be(0);
        foreach (var victim in victims)
        {
            await victim.DisposeAsync();
        }
    }

    [Fact]
    [Trait("Fault", "15")]
    [Trait("Fault", "17")]
    public async Task WhatAStoppedProcessLeavesUnfinished_IsWithOthersAtOnce()
    {
        var handled = new ConcurrentDictionary<string, long>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Job>((context, _) =>
        {
            handled.TryAdd(context.Id, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            return default;
        }));
        await using var worker = new WorkerProcess(redis.HostConnectionString, host.Prefix, "work=600000", "drain=0");
        await worker.ReadyAsync();
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, Concurrency).Select(n => new Job(n))])).Ids();
        await Wait.UntilAsync(() => worker.History.Count(entry => entry.What == "started") == ids.Count, "all are running");
        host.Start();

        var stopped = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await worker.TerminateAsync();
        await Wait.UntilAsync(() => handled.Count == ids.Count, "the other handles them");
        await worker.EndedAsync();

        output.WriteLine(
            $"{ids.Count} unfinished deliveries: the last was handled elsewhere {handled.Values.Max() - stopped} ms after SIGTERM "
            + "(DrainTimeout 0)");
        worker.ExitCode.Should().Be(0);
        foreach (var id in ids)
        {
            (await host.Events.FindAsync(id))!.Deliveries[0].Attempt.Should().Be(1, "attempts were given back");
        }
    }
}
