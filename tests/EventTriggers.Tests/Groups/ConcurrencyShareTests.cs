using StackExchange.Redis;
using static EventTriggers.Tests.Groups.SharingScene;

namespace EventTriggers.Tests.Groups;

/// <summary>
/// How a number for all processes is shared out, judged by processes made by hand that handle up to their share: they come, go, crash,
/// begin and end deliveries at random, and report when they like.
/// </summary>
public sealed class ConcurrencyShareTests(RedisFixture redis)
{
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
        await using var scene = new SharingScene(redis);
        var random = new Random(seed);
        var (number, named, processes) = ((int?)6, 0, new List<SharingProcess>());
        await scene.SetAsync(number);
        for (var step = 0; step < 400; step++)
        {
            var before = processes.Sum(static one => one.Held);
            switch (random.Next(23))
            {
                case 0 when processes.Count < 6:
                    processes.Add(new SharingProcess($"p{random.Next(1000)}-{named++}", random.Next(1, 40)) { IsTold = false });
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
                        await scene.ReportAsync(leaving, ends: true);
                    }

                    processes.Remove(leaving);
                    break;
                case 2:
                    number = random.Next(4) == 0 ? null : random.Next(1, 30);
                    await scene.SetAsync(number);

                    // All hear of it, and report once before one reports again.
                    foreach (var one in processes.OrderBy(_ => random.Next()).ToList())
                    {
                        await scene.ReportAsync(one);
                    }

                    break;
                case 3:
                    await scene.PassAsync(processes, TimeSpan.FromSeconds(random.Next(1, 20)));
                    break;
                case 4:
                    // Nobody reaches the server, and handlers go on.
                    scene.PassInSilence(processes, TimeSpan.FromSeconds(random.Next(1, 200)));
                    break;
                case 5:
                    // The server's clock jumps; processes do not notice.
                    scene.Clock.AdjustTime(scene.Clock.GetUtcNow().AddSeconds(random.Next(-200, 200)));
                    break;
                case 6 when processes.Count > 0:
                    // What a process runs that stands still for long is taken from it.
                    var asleep = Pick(processes, random);
                    asleep.Running = 0;
                    scene.PassInSilence([asleep], Lease);
                    await scene.PassAsync([.. processes.Where(one => one != asleep)], Lease);
                    break;
                case < 15 when processes.Count > 0:
                    await scene.ReportAsync(Pick(processes, random));
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
            await scene.ReportAsync(one, ends: true);
        }

        processes.RemoveAll(static one => one.IsStopping);
        processes.Add(new SharingProcess("last", 7));
        await scene.SetAsync(number ??= 11);
        await scene.SettleAsync(processes);
        processes.Select(static one => one.Share).Should().Equal(FairShares(processes, number.Value));
        processes.Sum(static one => one.Share).Should().Be(number);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(30)]
    public async Task WhenANumberIsSet_NobodyGetsWhatOthersMayRunThatHaveNotReportedYet(int number)
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 4), new("b", 4), new("c", 4), new("d", 4), new("e", 4)];
        processes.ForEach(static one => one.Running = 4);

        await scene.SetAsync(number);
        foreach (var one in processes)
        {
            await scene.ReportAsync(one);
            processes.Sum(static one => one.Held).Should().BeLessThanOrEqualTo(20, $"that many ran before, and {one.Name} has reported");
        }

        await scene.SettleAsync(processes);
        processes.Sum(static one => one.Share).Should().Be(number);
    }

    [Fact]
    public async Task ALowerNumber_LeavesEachItsPart_WithoutAGap()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8), new("b", 8)];
        await scene.SetAsync(8);
        await scene.SettleAsync(processes);
        processes.ForEach(static one => one.Running = 4);

        await scene.SetAsync(4);
        foreach (var one in processes)
        {
            await scene.ReportAsync(one);
            one.Share.Should().Be(2);
        }
    }

    // By the clock that they send; and by the server's if they send none.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FewerThanProcesses_TakeTurns(bool isSent)
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 30), new("b", 1), new("c", 4), new("d", 4)];
        await scene.SetAsync(2);
        var shown = new List<string>();

        for (var minute = 0; minute < 4; minute++)
        {
            // Here the server's clock says the same minute for ever.
            long? sent = isSent ? 60_000L * minute : null;
            for (var round = 0; round < 4; round++)
            {
                foreach (var one in processes)
                {
                    await scene.ReportAsync(one, turns: sent);
                }
            }

            processes.Should().OnlyContain(static one => one.Share == 0 || one.Share == 1);
            shown.Add(string.Concat(processes.Where(static one => one.Share == 1).Select(static one => one.Name)));
            if (!isSent)
            {
                await scene.PassAsync(processes, TimeSpan.FromMinutes(1));
            }
        }

        shown.Should().BeEquivalentTo("ab", "bc", "cd", "ad");
    }

    [Fact]
    public async Task OneThatStops_KeepsWhatItHandles_AndTheOthersShareTheRest()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8), new("b", 8), new("c", 8)];
        await scene.SetAsync(9);
        await scene.SettleAsync(processes);

        (processes[2].IsStopping, processes[2].Running) = (true, 1);
        await scene.ReportAsync(processes[2]);
        await scene.ReportAsync(processes[0]);
        await scene.ReportAsync(processes[1]);

        processes.Select(static one => one.Share).Should().Equal(4, 4, 0);
        processes[2].Running = 0;
        await scene.ReportAsync(processes[2]);
        await scene.ReportAsync(processes[1]);
        processes[1].Share.Should().Be(5);
    }

    [Fact]
    public async Task Shares_AreForgottenWithTheNumber()
    {
        await using var scene = new SharingScene(redis);
        await scene.ReportAsync(new SharingProcess("a", 8), stored: string.Empty);
        (await redis.Database.KeyExistsAsync(scene.Shares)).Should().BeFalse("nothing is set");
        await scene.SetAsync(8);
        await scene.ReportAsync(new SharingProcess("a", 8));
        (await redis.Database.HashGetAllAsync(scene.Shares)).Select(static one => (one.Name.ToString(), one.Value.ToString())).Should()
            .BeEquivalentTo(
            [
                (string.Empty, $"{scene.Clock.GetUtcNow().ToUnixTimeMilliseconds()}"),
                ("a", $"8 8 30000 {scene.Clock.GetUtcNow().ToUnixTimeMilliseconds() + 30_000}"),
            ]);
        (await redis.Database.KeyTimeToLiveAsync(scene.Shares)).Should().BeCloseTo(TimeSpan.FromDays(1), TimeSpan.FromMinutes(1));

        await scene.SetAsync(null);

        (await redis.Database.KeyExistsAsync(scene.Shares)).Should().BeFalse();
    }

    [Fact]
    public async Task ThoseWhoMayGetMore_AreTold_AndNobodyElseIs()
    {
        redis.SkipUnlessRedis();
        await using var scene = new SharingScene(redis);
        var (told, partition) = (0, scene.Host.Keyspace.Partitions[0]);
        var subscriber = redis.Connection.GetSubscriber();
        var channel = RedisChannel.Literal(partition.Channel);
        await subscriber.SubscribeAsync(channel, (_, _) => Interlocked.Increment(ref told));
        SharingProcess a = new("a", 4), b = new("b", 4);
        (await ToldByAsync(() => scene.SetAsync(4))).Should().Be(1);

        (await ToldByAsync(() => scene.ReportAsync(a))).Should().Be(1, "nobody knows of others yet");
        (await ToldByAsync(() => scene.ReportAsync(a))).Should().Be(0, "it is alone");
        (await ToldByAsync(() => scene.ReportAsync(b))).Should().Be(1, "the others are to give it a share");
        b.Share.Should().Be(0);
        (await ToldByAsync(() => scene.ReportAsync(b))).Should().Be(0, "they know it by now");
        (await ToldByAsync(() => scene.ReportAsync(a))).Should().Be(0, "it still holds what it had when it reported");
        a.Running = 4;
        (await ToldByAsync(() => scene.ReportAsync(a))).Should().Be(0, "it still runs them");
        a.Running = 3;
        (await ToldByAsync(() => scene.ReportAsync(a))).Should().Be(1, "one is free");
        (await ToldByAsync(() => scene.ReportAsync(b))).Should().Be(0);
        (a.Share, b.Share).Should().Be((2, 1));
        (await ToldByAsync(() => scene.ReportAsync(a, ends: true))).Should().Be(1, "it leaves");
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

    private static SharingProcess Pick(List<SharingProcess> processes, Random random) => processes[random.Next(processes.Count)];

    // One for each, and the rest in proportion, by names: what the first n have together is rounded down.
    private static IEnumerable<int?> FairShares(List<SharingProcess> processes, int number)
    {
        var all = processes.Sum(static one => one.Configured);
        int UpTo(SharingProcess last, bool isIncluded) => (int)decimal.Floor(
            (decimal)(number - processes.Count)
            * processes.Where(one => string.CompareOrdinal(one.Name, last.Name) < (isIncluded ? 1 : 0)).Sum(static one => one.Configured)
            / all);
        return number < processes.Count
            ? processes.Select(static one => one.Share)
            : processes.Select(one => (int?)(1 + UpTo(one, isIncluded: true) - UpTo(one, isIncluded: false)));
    }
}
