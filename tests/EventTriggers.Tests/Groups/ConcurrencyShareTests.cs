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
    [Trait("Fault", "180")]
    [Trait("Fault", "181")]
    [Trait("Fault", "182")]
    [Trait("Fault", "184")]
    public async Task AllSharesTogether_AreNeverMoreThanTheNumber_AndInTheEndJustThat(int seed)
    {
        await using var host = TestHost.Create(redis, time: _clock);
        var random = new Random(seed);
        var (number, named, processes) = ((int?)6, 0, new List<Process>());
        await SetAsync(host, number);
        for (var step = 0; step < 400; step++)
        {
            var before = processes.Sum(static one => one.Held);
            switch (random.Next(23))
            {
                case 0 when processes.Count < 6:
                    processes.Add(new Process($"p{random.Next(1000)}-{named++}", random.Next(1, 40)) { IsTold = false });
                    break;
                case 1 when processes.Count > 0:
                    var leaving = Pick(processes, random);
                    if (random.Next(3) is var how && how == 0)
                    {
                        leaving.IsStopping = true;
                        break;
                    }

                    if (how == 1)
                    {
                        await ReportAsync(host, leaving, ends: true);
                    }

                    processes.Remove(leaving);
                    break;
                case 2:
                    number = random.Next(4) == 0 ? null : random.Next(1, 30);
                    await SetAsync(host, number);

                    // All hear of it, and report once before one reports again.
                    foreach (var one in processes.OrderBy(_ => random.Next()).ToList())
                    {
                        await ReportAsync(host, one);
                    }

                    break;
                case 3:
                    await PassAsync(host, processes, TimeSpan.FromSeconds(random.Next(1, 20)));
                    break;
                case 4:
                    // Nobody reaches the server, and handlers go on.
                    PassInSilence(processes, TimeSpan.FromSeconds(random.Next(1, 200)));
                    break;
                case 5:
                    // The server's clock jumps; processes do not notice.
                    _clock.AdjustTime(_clock.GetUtcNow().AddSeconds(random.Next(-200, 200)));
                    break;
                case 6 when processes.Count > 0:
                    // What a process runs that stands still for long is taken from it.
                    var asleep = Pick(processes, random);
                    asleep.Running = 0;
                    PassInSilence([asleep], Lease);
                    await PassAsync(host, [.. processes.Where(one => one != asleep)], Lease);
                    break;
                case < 15 when processes.Count > 0:
                    await ReportAsync(host, Pick(processes, random));
                    break;
                case < 19 when processes.Count > 0:
                    var busy = Pick(processes, random);
                    busy.Running = Math.Max(busy.Running, Math.Min(busy.Allowed, busy.Running + random.Next(5)));
                    break;
                default:
                    processes.ForEach(one => one.Running = Math.Max(0, one.Running - random.Next(3)));
                    break;
            }

            if (number is { } set)
            {
                processes.Sum(static one => one.Held).Should()
                    .BeLessThanOrEqualTo(Math.Max(set, before), $"step {step} of seed {seed} sets {number}");
            }
        }

        foreach (var one in processes.Where(static one => one.IsStopping))
        {
            await ReportAsync(host, one, ends: true);
        }

        processes.RemoveAll(static one => one.IsStopping);
        processes.Add(new Process("last", 7));
        await SetAsync(host, number ??= 11);
        await SettleAsync(host, processes);
        processes.Select(static one => one.Share).Should().Equal(FairShares(processes, number.Value));
        processes.Sum(static one => one.Share).Should().Be(number);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(30)]
    public async Task WhenANumberIsSet_NobodyGetsWhatOthersMayRunThatHaveNotReportedYet(int number)
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 4), new("b", 4), new("c", 4), new("d", 4), new("e", 4)];
        processes.ForEach(static one => one.Running = 4);

        await SetAsync(host, number);
        foreach (var one in processes)
        {
            await ReportAsync(host, one);
            processes.Sum(static one => one.Held).Should().BeLessThanOrEqualTo(20, $"that many ran before, and {one.Name} has reported");
        }

        await SettleAsync(host, processes);
        processes.Sum(static one => one.Share).Should().Be(number);
    }

    // Others were given its share meanwhile, and what it runs was taken from it.
    [Fact]
    [Trait("Fault", "184")]
    public async Task WhatASuspendedProcessStillRuns_GivesItNoShare()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8), new("b", 8)];
        var (a, b) = (processes[0], processes[1]);
        await SetAsync(host, 8);
        await SettleAsync(host, processes);
        b.Running = 4;

        PassInSilence([b], Lease);
        await PassAsync(host, [a], Lease);
        a.Share.Should().Be(8);
        await ReportAsync(host, b);

        b.Share.Should().Be(0);
        await ReportAsync(host, b);
        b.Share.Should().Be(0, "the other one has not reported yet");
        await ReportAsync(host, a);
        a.Share.Should().Be(4);
        await ReportAsync(host, a);
        await ReportAsync(host, b);
        b.Share.Should().Be(4);
    }

    // A process with short leases must not be taken for a crashed one, nor a crashed one be kept for as long as others report.
    [Fact]
    [Trait("Fault", "181")]
    public async Task WhereLeasesDiffer_AnOutageTakesNothingAway_AndACrashGivesItToOthers()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8) { Lease = 8 * Lease }, new("b", 8)];
        var (a, b) = (processes[0], processes[1]);
        await SetAsync(host, 8);
        await SettleAsync(host, processes);
        b.Running = 4;

        PassInSilence(processes, TimeSpan.FromSeconds(40));
        await ReportAsync(host, a);
        a.Share.Should().Be(4, "what the other one runs may still be its own");
        await ReportAsync(host, b);
        b.Share.Should().Be(4);

        for (var reported = 0; reported < 4; reported++)
        {
            _clock.Advance(TimeSpan.FromSeconds(20));
            await ReportAsync(host, a);
        }

        a.Share.Should().Be(8);
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

    // By the clock that they send; and by the server's if they send none.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FewerThanProcesses_TakeTurns(bool isSent)
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 30), new("b", 1), new("c", 4), new("d", 4)];
        await SetAsync(host, 2);
        var shown = new List<string>();

        for (var minute = 0; minute < 4; minute++)
        {
            // Here the server's clock says the same minute for ever.
            long? sent = isSent ? 60_000L * minute : null;
            for (var round = 0; round < 4; round++)
            {
                foreach (var one in processes)
                {
                    await ReportAsync(host, one, turns: sent);
                }
            }

            processes.Should().OnlyContain(static one => one.Share == 0 || one.Share == 1);
            shown.Add(string.Concat(processes.Where(static one => one.Share == 1).Select(static one => one.Name)));
            if (!isSent)
            {
                await PassAsync(host, processes, TimeSpan.FromMinutes(1));
            }
        }

        shown.Should().BeEquivalentTo("ab", "bc", "cd", "ad");
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

        // It crashes, and the other one goes on to report.
        await PassAsync(host, [a], Lease - TimeSpan.FromMilliseconds(1));
        a.Share.Should().Be(4);
        await PassAsync(host, [a], TimeSpan.FromMilliseconds(1));
        a.Share.Should().Be(9);
        (await redis.Database.HashKeysAsync(Shares(host))).Select(static one => one.ToString()).Should().BeEquivalentTo(string.Empty, "a");
    }

    [Fact]
    public async Task OneThatStops_KeepsWhatItHandles_AndTheOthersShareTheRest()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8), new("b", 8), new("c", 8)];
        await SetAsync(host, 9);
        await SettleAsync(host, processes);

        (processes[2].IsStopping, processes[2].Running) = (true, 1);
        await ReportAsync(host, processes[2]);
        await ReportAsync(host, processes[0]);
        await ReportAsync(host, processes[1]);

        processes.Select(static one => one.Share).Should().Equal(4, 4, 0);
        processes[2].Running = 0;
        await ReportAsync(host, processes[2]);
        await ReportAsync(host, processes[1]);
        processes[1].Share.Should().Be(5);
    }

    [Fact]
    [Trait("Fault", "181")]
    public async Task AfterAnOutage_NobodyGetsWhatOthersMayStillUse_UntilTheyHadTimeToReport()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8), new("b", 8), new("c", 8)];
        await SetAsync(host, 9);
        await SettleAsync(host, processes);
        var (a, b, c) = (processes[0], processes[1], processes[2]);
        (b.Running, c.Running) = (3, 3);

        _clock.Advance(TimeSpan.FromMinutes(10));
        processes.ForEach(static one => one.Share = 0);
        await ReportAsync(host, a);
        a.Share.Should().Be(3);
        await ReportAsync(host, b);
        b.Share.Should().Be(3);
        await PassAsync(host, [a, b], (Lease / 2) - TimeSpan.FromMilliseconds(1));
        (a.Share + b.Share).Should().BeLessThanOrEqualTo(6, "the third one may still be there");
        await PassAsync(host, [a, b], Lease);
        (a.Share, b.Share).Should().Be((4, 5));
    }

    // It would be kept until the clock is where it was.
    [Fact]
    [Trait("Fault", "182")]
    public async Task WhenTheClockGoesBack_WhatACrashedProcessHad_IsKeptNoLonger()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8), new("b", 8)];
        await SetAsync(host, 8);
        await SettleAsync(host, processes);

        _clock.AdjustTime(_clock.GetUtcNow().AddHours(-1));
        await PassAsync(host, [processes[0]], TimeSpan.FromSeconds(1));
        processes[0].Share.Should().Be(4);
        await PassAsync(host, [processes[0]], Lease);
        processes[0].Share.Should().Be(8);
    }

    [Fact]
    [Trait("Fault", "179")]
    public async Task WhatOthersHave_ThatCannotBeRead_IsNotGivenAway()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        List<Process> processes = [new("a", 8), new("b", 8)];
        await SetAsync(host, 8);
        await SettleAsync(host, processes);
        await redis.Database.KeyDeleteAsync(Shares(host));
        await redis.Database.StringSetAsync(Shares(host), "what");

        processes[0].Running = 3;
        processes[0].Share = 0;
        processes.Add(new Process("c", 8) { IsTold = false });
        await PassAsync(host, processes, TimeSpan.FromSeconds(1));

        processes.Select(static one => one.Share).Should().Equal(0, 4, 0);
        (await redis.Database.StringGetAsync(Shares(host))).ToString().Should().Be("what");
        await redis.Database.KeyDeleteAsync(Shares(host));
    }

    [Fact]
    public async Task Shares_AreForgottenWithTheNumber()
    {
        await using var host = TestHost.Create(redis, time: _clock);
        await ReportAsync(host, new Process("a", 8), stored: string.Empty);
        (await redis.Database.KeyExistsAsync(Shares(host))).Should().BeFalse("nothing is set");
        await SetAsync(host, 8);
        await ReportAsync(host, new Process("a", 8));
        (await redis.Database.HashGetAllAsync(Shares(host))).Select(static one => (one.Name.ToString(), one.Value.ToString())).Should()
            .BeEquivalentTo(
            [
                (string.Empty, $"{_clock.GetUtcNow().ToUnixTimeMilliseconds()}"),
                ("a", $"8 8 30000 {_clock.GetUtcNow().ToUnixTimeMilliseconds() + 30_000}"),
            ]);
        (await redis.Database.KeyTimeToLiveAsync(Shares(host))).Should().BeCloseTo(TimeSpan.FromDays(1), TimeSpan.FromMinutes(1));

        await SetAsync(host, null);

        (await redis.Database.KeyExistsAsync(Shares(host))).Should().BeFalse();
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

        (await ToldByAsync(() => ReportAsync(host, a))).Should().Be(1, "nobody knows of others yet");
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

    // Everything ends, and each reports until nothing changes: what others had is free then.
    private async Task SettleAsync(TestHost host, List<Process> processes)
    {
        processes.ForEach(static one => one.Running = 0);
        await PassAsync(host, processes, 2 * Lease);

        // Whose turn it is may just have changed.
        for (var round = 0; round < 2; round++)
        {
            foreach (var one in processes)
            {
                await ReportAsync(host, one);
            }
        }
    }

    // Time passes, and they report as often as processes do.
    private async Task PassAsync(TestHost host, List<Process> processes, TimeSpan time)
    {
        while (time > TimeSpan.Zero)
        {
            var step = time < Lease / 4 ? time : Lease / 4;
            PassInSilence(processes, step);
            time -= step;
            foreach (var one in processes)
            {
                await ReportAsync(host, one);
            }
        }
    }

    private void PassInSilence(List<Process> processes, TimeSpan time)
    {
        _clock.Advance(time);
        processes.ForEach(one => one.Silent += time);
    }

    private static string Shares(TestHost host) => $"{{{host.Prefix}:0}}:shares:mail";

    private static async Task ReportAsync(
        TestHost host, Process process, bool ends = false, long? turns = null, string? stored = null)
    {
        var noted = await host.Keyspace.Scripts.RunAsync(new NoteConsumerRequest
        {
            Partition = host.Keyspace.Partitions[0],
            Now = host.Keyspace.PinnedNow,
            Name = process.Name,
            Silence = TimeSpan.FromMinutes(1),
            Lasts = process.Lease,
            Turns = turns,
            Groups = [("other", 5, 5, 5), ("mail", process.IsStopping ? 0 : process.Configured, process.Held, process.Allowed)],
            Fields = ends ? [] : [("machine", "here")],
        });
        if (!ends)
        {
            noted.Shares.Should().HaveCount(2);
            noted.Shares[0].Should().Be((string.Empty, 0), "nothing is set for it");
            noted.Shares[1].Stored.Should().Match(text => stored == null || text == stored);
            process.Share = noted.Shares[1].Stored.Length > 0 ? noted.Shares[1].Share : null;
            (process.IsTold, process.Silent) = (true, TimeSpan.Zero);
        }
    }

    private static Task SetAsync(TestHost host, int? number) => host.Keyspace.Scripts.RunAsync(new SetConcurrencyRequest
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

        public TimeSpan Lease { get; init; } = ConcurrencyShareTests.Lease;

        // What it was told; null if nothing is set.
        public int? Share { get; set; }

        public bool IsTold { get; set; } = true;

        // How long ago it was told.
        public TimeSpan Silent { get; set; }

        public int Running { get; set; }

        public bool IsStopping { get; set; }

        public int Allowed => !IsTold || IsStopping ? 0 : Share is null ? Configured : Silent > Lease / 2 ? 0 : Share.Value;

        public int Held => Math.Max(Allowed, Running);
    }
}
