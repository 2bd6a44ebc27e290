using System.Collections.Concurrent;
using System.Text;
using EventTriggers.Redis.Operations;
using EventTriggers.Tests;
using EventTriggers.Worker;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>
/// Bulk operations while processes are killed, calls are lost, and Redis is away: each dead letter is changed once, the counts are right,
/// and the operation ends.
/// </summary>
public sealed class BulkFaultTests(RedisFixture redis)
{
    private const int Count = 350;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly EventQuery Dead = new() { Status = DeliveryStatus.Dead };

    public static TheoryData<bool, int> Kills => new() { { true, 1 }, { false, 1 }, { false, 2 }, { true, 3 } };

    public static TheoryData<Fault> Faults => [Fault.EatRequest, Fault.EatReply, Fault.CutReply, Fault.Delay];

    // At its first step, or in the middle: when the request has left, or when the server has taken the step and has not told it.
    [Theory]
    [Trait("Fault", "153")]
    [MemberData(nameof(Kills))]
    public async Task ARedrive_WhoseProcessIsKilled_ChangesEachOnceAndEnds(bool before, int step)
    {
        redis.SkipInACluster();
        var handled = new ConcurrentQueue<string>();
        await using var host = Host(handled);
        var ids = await DeadLetterScene.MakeAsync(host, Count, "test.job", static n => new Job(n, "quick"));
        await redis.Database.ExecuteAsync("SCRIPT", "LOAD", Script.AdvanceOperation.Text);
        var id = await host.Events.RedriveAsync(Dead);
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        var struck = ArmAsync(proxy, before ? Fault.HoldRequest : Fault.HoldReply, step);
        await using var victim = new WorkerProcess(
            redis.HostThrough(proxy.ConnectionString), host.Prefix, $"lease={Lease.TotalMilliseconds}");

        await Wait.ForAsync(struck);
        await victim.KillAsync();
        await victim.EndedAsync();
        var atTheKill = (await host.Operations.FindAsync(id))!;
        host.Start();
        var operation = await EndedAsync(host, id);

        atTheKill.Status.Should().Be(BulkOperationStatus.Running);
        (operation.Status, operation.Examined, operation.Changed).Should().Be((BulkOperationStatus.Completed, Count, Count));
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0, Processed: Count },
            "all are handled");

        // The last outcomes may be recorded while the victim had no time to note that they are.
        string[] Of(string what) => [.. victim.History.Where(entry => entry.What == what).Select(static entry => entry.Id)];
        Of("handled").Concat(handled).Distinct().Should().BeEquivalentTo(ids);
        Of("settled").Intersect(handled).Should().BeEmpty("what was settled is not redriven again");
    }

    [Theory]
    [Trait("Fault", "154")]
    [MemberData(nameof(Faults))]
    public async Task AnOperation_WhoseBeginningOrStopIsLost_BeginsAndStopsOnce(Fault fault)
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await OwnRedis.ConnectAsync(redis.HostThrough(proxy.ConnectionString), timeout: Lease);
        await using var observer = Host(new ConcurrentQueue<string>());
        await using var caller = Host(new ConcurrentQueue<string>(), connection, observer.Prefix);
        await DeadLetterScene.MakeAsync(observer, Count, "test.job", static n => new Job(n));
        var options = new BulkOptions { Id = $"o{Guid.NewGuid():N}", RatePerSecond = 100 };

        var struck = proxy.ArmAsync(fault, Encoding.UTF8.GetBytes(options.Id));
        await caller.Events.RedriveAsync(Dead, options);
        await Wait.ForAsync(struck);
        observer.Start();
        await Wait.UntilAsync(async () => (await observer.Operations.FindAsync(options.Id))!.Changed > 10, "it is half-way");
        struck = proxy.ArmAsync(fault, Encoding.UTF8.GetBytes(options.Id));
        var outcome = await caller.Operations.StopAsync(options.Id);
        await Wait.ForAsync(struck);
        var stopped = (await observer.Operations.FindAsync(options.Id))!;
        await Task.Delay(300);
        var later = (await observer.Operations.FindAsync(options.Id))!;

        outcome.Should().Be(StopOutcome.Stopped);
        (later.Status, later.Changed).Should().Be((BulkOperationStatus.Stopped, stopped.Changed));
        (await observer.Operations.ListAsync()).Should().ContainSingle();
        (await observer.Events.CountAsync()).Dead.Should().Be(Count - stopped.Changed).And.BePositive();
    }

    [Fact]
    [Trait("Fault", "155")]
    public async Task ARedrive_DuringWhichRedisIsKilledAndRestarted_GoesOnAndEnds()
    {
        await using var server = await OwnRedis.StartAsync(redis, "--appendonly", "yes", "--appendfsync", "always");
        await using var connection = await server.ConnectAsync();
        var handled = new ConcurrentQueue<string>();
        await using var host = Host(handled, connection);
        var ids = await DeadLetterScene.MakeAsync(host, Count, "test.job", static n => new Job(n));
        var id = await host.Events.RedriveAsync(Dead, new BulkOptions { RatePerSecond = 200 });
        host.Start();
        await Wait.UntilAsync(async () => (await host.Operations.FindAsync(id))!.Changed > 50, "it is half-way");

        await server.KillAsync();
        var begin = async () => await host.Events.DiscardAsync(Dead, new BulkOptions { Id = "while-away" });
        var refused = (await begin.Should().ThrowAsync<StoreUnavailableException>().WithMessage("*'while-away'*")).Which;
        await server.RestartAsync();
        var operation = await EndedAsync(host, id);

        refused.MayHaveHappened.Should().BeFalse("nothing was sent");
        (operation.Status, operation.Examined, operation.Changed).Should().Be((BulkOperationStatus.Completed, Count, Count));
        (await host.Operations.FindAsync("while-away")).Should().BeNull();
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0, Processed: Count },
            "all are handled");
        handled.Distinct().Should().BeEquivalentTo(ids);
    }

    [Fact]
    [Trait("Fault", "156")]
    public async Task AnOperation_OfWhichNoMessageIsHeard_IsFoundByTheSweep()
    {
        redis.SkipInACluster();
        await using var host = Host(new ConcurrentQueue<string>());
        await DeadLetterScene.MakeAsync(host, Count, "test.job", static n => new Job(n));
        var id = await host.Events.RedriveAsync(Dead);

        // It began before this consumer listened: the message is gone.
        host.Start();

        (await EndedAsync(host, id)).Changed.Should().Be(Count);
    }

    // The step that is struck is not the first: each call has the hash of the script.
    private static async Task ArmAsync(FaultProxy proxy, Fault fault, int step)
    {
        for (var passed = 1; passed < step; passed++)
        {
            await proxy.ArmAsync(Fault.Delay, Encoding.UTF8.GetBytes(Script.AdvanceOperation.Sha1));
        }

        await proxy.ArmAsync(fault, Encoding.UTF8.GetBytes(Script.AdvanceOperation.Sha1));
    }

    private static async Task<OperationRecord> EndedAsync(TestHost host, string id)
    {
        await Wait.UntilAsync(
            async () => await host.Operations.FindAsync(id) is { Status: not BulkOperationStatus.Running }, "the operation ends");
        return (await host.Operations.FindAsync(id))!;
    }

    private TestHost Host(ConcurrentQueue<string> handled, IConnectionMultiplexer? connection = null, string? prefix = null) =>
        TestHost.Create(
            redis,
            build => build.AddHandler<Job>((context, _) =>
            {
                handled.Enqueue(context.Id);
                return default;
            }),
            static options =>
            {
                (options.LeaseDuration, options.RenewalInterval, options.OperationTimeout) = (Lease, Lease / 4, TimeSpan.FromSeconds(8));
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(500);
            },
            prefix: prefix, connection: connection);
}
