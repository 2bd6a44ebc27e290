using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Groups;

/// <summary>
/// How a number for all processes is shared out, judged by processes made by hand that handle up to their share: they come, go, crash,
/// begin and end deliveries at random, and report when they like.
/// </summary>
public sealed class ConcurrencyShareTests(RedisFixture redis)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = Clock.At2030();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task AllSharesTogether_AreNeverMoreThanTheNumber_AndInTheEndJustThat(int seed)
    {
        await using var host = TestHost.Create(redis, time: _clock);
        var random = new Random(seed);
        var (number, named, processes) = (6, 0, new List<Process>());
        await SetAsync(host, number);
        for (var step = 0; step < 400; step++)
        {
            var before = processes.Sum(static one => one.Held);
            switch (random.Next(20))
            {
                case 0 when processes.Count < 6:
                    processes.Add(new Process($"p{random.Next(1000)}-{named++}", random.Next(1, 40)));
                    break;
                case 1 when processes.Count > 0:
                    var leaving = Pick(processes, random);
                    if (random.Next(2) == 0)
                    {
                        await ReportAsync(host, leaving, ends: true);
                    }

                    processes.Remove(leaving);
                    break;
                case 2:
                    await SetAsync(host, number = random.Next(1, 30));
                    break;
                case 3:
                    _clock.Advance(TimeSpan.FromSeconds(random.Next(1, 20)));

                    // One that crashed has its share for as long as its leases; one that lives reports before that.
                    foreach (var one in processes)
                    {
                        await ReportAsync(host, one);
                    }

                    break;
                case < 12 when processes.Count > 0:
                    await ReportAsync(host, Pick(processes, random));
                    break;
                case < 16 when processes.Count > 0:
                    var busy = Pick(processes, random);
                    busy.Running = Math.Min(busy.Share ?? 0, busy.Running + random.Next(5));
                    break;
                default:
                    processes.ForEach(one => one.Running = Math.Max(0, one.Running - random.Next(3)));
                    break;
            }

            processes.Sum(static one => one.Held).Should()
                .BeLessThanOrEqualTo(Math.Max(number, before), $"step {step} of seed {seed} sets {number}");
        }

        processes.Add(new Process("last", 7));
        await SettleAsync(host, processes);
        processes.Select(static one => one.Share).Should().Equal(FairShares(processes, number));
        processes.Sum(static one => one.Share).Should().Be(number);
    }

    [Fact]
    public async Task ALowerNumber_LeavesEachItsPart_WithoutAGap()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8), new("b", 8)];
        await SetAsync(host, 8);
        await SettleAsync(host, processes);
        processes.ForEach(static one => one.Running = 4);

        await SetAsync(host, 4);
        foreach (var one in processes)
        {
            await ReportAsync(host, one);
            one.Share.Should().Be(2);
        }
    }

    [Fact]
    public async Task FewerThanProcesses_TakeTurns()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 30), new("b", 1), new("c", 4), new("d", 4)];
        await SetAsync(host, 2);
        var turns = new List<string>();

        for (var minute = 0; minute < 4; minute++)
        {
            await SettleAsync(host, processes);
            processes.Should().OnlyContain(static one => one.Share == 0 || one.Share == 1);
            turns.Add(string.Concat(processes.Where(static one => one.Share == 1).Select(static one => one.Name)));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        turns.Should().BeEquivalentTo("ab", "bc", "cd", "ad");
    }

    [Fact]
    [Trait("Fault", "180")]
    public async Task WhatACrashedProcessHad_IsSharedOutWhenItsLeasesHaveExpired_AndOfOneThatStopsAtOnce()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8), new("b", 8), new("c", 8)];
        await SetAsync(host, 9);
        await SettleAsync(host, processes);
        processes.Should().OnlyContain(static one => one.Share == 3);

        var (a, b, c) = (processes[0], processes[1], processes[2]);
        await ReportAsync(host, c, ends: true);
        await ReportAsync(host, a);
        a.Share.Should().Be(4);
        await ReportAsync(host, b);
        b.Share.Should().Be(5);

        // It crashes.
        _clock.Advance(Lease - TimeSpan.FromMilliseconds(1));
        await ReportAsync(host, a);
        a.Share.Should().Be(4);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await ReportAsync(host, a);
        a.Share.Should().Be(9);
    }

    [Fact]
    public async Task ThoseWhoMayGetMore_AreTold_AndNobodyElseIs()
    {
        redis.SkipUnlessRedis();
        await using var host = TestHost.Create(redis, time: _clock);
        var (told, partition) = (0, host.Keyspace.Partitions[0]);
        var subscriber = redis.Connection.GetSubscriber();
        var channel = RedisChannel.Literal(partition.Channel);
        await subscriber.SubscribeAsync(channel, (_, _) => Interlocked.Increment(ref told));
        Process a = new("a", 4), b = new("b", 4);
        (await ToldByAsync(() => SetAsync(host, 4))).Should().Be(1);

        (await ToldByAsync(() => ReportAsync(host, a))).Should().Be(0, "it is alone");
        (await ToldByAsync(() => ReportAsync(host, b))).Should().Be(1, "the others are to give it a share");
        b.Share.Should().Be(0);
        (await ToldByAsync(() => ReportAsync(host, b))).Should().Be(0, "they know it by now");
        (await ToldByAsync(() => ReportAsync(host, a))).Should().Be(0, "it still holds what it had when it reported");
        a.Running = 4;
        (await ToldByAsync(() => ReportAsync(host, a))).Should().Be(0, "it still runs them");
        a.Running = 3;
        (await ToldByAsync(() => ReportAsync(host, a))).Should().Be(1, "one is free");
        (await ToldByAsync(() => ReportAsync(host, b))).Should().Be(0);
        (a.Share, b.Share).Should().Be((2, 1));
        (await ToldByAsync(() => ReportAsync(host, a, ends: true))).Should().Be(1, "it leaves");
        await subscriber.UnsubscribeAsync(channel);

        async Task<int> ToldByAsync(Func<Task> report)
        {
            var before = Volatile.Read(ref told);
            await report();

            // What the script has sent comes before this.
            await subscriber.PublishAsync(channel, "end");
            await Wait.UntilAsync(() => Volatile.Read(ref told) > before, "the end is heard");
            await Task.Delay(20);
            return Volatile.Read(ref told) - before - 1;
        }
    }

    private static Process Pick(List<Process> processes, Random random) => processes[random.Next(processes.Count)];

    // One for each, and the rest in proportion, by names: what the first n have together is rounded down.
    private static IEnumerable<int?> FairShares(List<Process> processes, int number)
    {
        var all = processes.Sum(static one => one.Configured);
        int UpTo(Process last, bool isIncluded) => (int)decimal.Floor(
            (decimal)(number - processes.Count)
            * processes.Where(one => string.CompareOrdinal(one.Name, last.Name) < (isIncluded ? 1 : 0)).Sum(static one => one.Configured)
            / all);
        return number < processes.Count
            ? processes.Select(static one => one.Share)
            : processes.Select(one => (int?)(1 + UpTo(one, isIncluded: true) - UpTo(one, isIncluded: false)));
    }

    // Everything ends, and each reports until nothing changes.
    private async Task SettleAsync(TestHost host, List<Process> processes)
    {
        _clock.Advance(Lease);
        processes.ForEach(static one => one.Running = 0);
        for (var round = 0; round < 4; round++)
        {
            foreach (var one in processes)
            {
                await ReportAsync(host, one);
            }
        }
    }

    private static async Task ReportAsync(TestHost host, Process process, bool ends = false)
    {
        var noted = await host.Keyspace.Scripts.RunAsync(new NoteConsumerRequest
        {
            Partition = host.Keyspace.Partitions[0],
            Now = host.Keyspace.PinnedNow,
            Name = process.Name,
            Silence = TimeSpan.FromMinutes(1),
            Lease = Lease,
            Groups = [("other", 5, 5), ("mail", process.Configured, process.Held)],
            Fields = ends ? [] : [("machine", "here")],
        });
        if (!ends)
        {
            noted.Shares.Should().HaveCount(2);
            noted.Shares[0].Should().Be((string.Empty, 0), "nothing is set for it");
            process.Share = noted.Shares[1].Share;
        }
    }

    private static Task SetAsync(TestHost host, int number) => host.Keyspace.Scripts.RunAsync(new SetConcurrencyRequest
    {
        Partition = host.Keyspace.Partitions[0],
        Now = host.Keyspace.PinnedNow,
        Lane = Guid.NewGuid().ToString(),
        Sequence = 1,
        Group = "mail",
        Concurrency = number,
        By = string.Empty,
    }).AsTask();

    private sealed class Process(string name, int configured)
    {
        public string Name => name;

        public int Configured => configured;

        public int? Share { get; set; }

        public int Running { get; set; }

        public int Held => Math.Max(Share ?? 0, Running);
    }
}
