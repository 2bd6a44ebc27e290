using static EventTriggers.Tests.Groups.SharingScene;

namespace EventTriggers.Tests.Groups;

/// <summary>What becomes of shares if processes crash or stand still, Redis is away, its clock is set, or they cannot be read.</summary>
public sealed class ConcurrencyShareTroubleTests(RedisFixture redis)
{
    // Others were given its share meanwhile, and what it runs was taken from it.
    [Fact]
    [Trait("Fault", "184")]
    public async Task WhatASuspendedProcessStillRuns_GivesItNoShare()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8), new("b", 8)];
        var (a, b) = (processes[0], processes[1]);
        await scene.SetAsync(8);
        await scene.SettleAsync(processes);
        b.Running = 4;

        scene.PassInSilence([b], Lease);
        await scene.PassAsync([a], Lease);
        a.Share.Should().Be(8);
        await scene.ReportAsync(b);

        b.Share.Should().Be(0);
        await scene.ReportAsync(b);
        b.Share.Should().Be(0, "the other one has not reported yet");
        await scene.ReportAsync(a);
        a.Share.Should().Be(4);
        await scene.ReportAsync(a);
        await scene.ReportAsync(b);
        b.Share.Should().Be(4);
    }

    // A process with short leases must not be taken for a crashed one, nor a crashed one be kept for as long as others report.
    [Fact]
    [Trait("Fault", "181")]
    public async Task WhereLeasesDiffer_AnOutageTakesNothingAway_AndACrashGivesItToOthers()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8) { Lease = 8 * Lease }, new("b", 8)];
        var (a, b) = (processes[0], processes[1]);
        await scene.SetAsync(8);
        await scene.SettleAsync(processes);
        b.Running = 4;

        scene.PassInSilence(processes, TimeSpan.FromSeconds(40));
        await scene.ReportAsync(a);
        a.Share.Should().Be(4, "what the other one runs may still be its own");
        await scene.ReportAsync(b);
        b.Share.Should().Be(4);

        for (var reported = 0; reported < 4; reported++)
        {
            scene.Clock.Advance(TimeSpan.FromSeconds(20));
            await scene.ReportAsync(a);
        }

        a.Share.Should().Be(8);
    }

    [Fact]
    [Trait("Fault", "180")]
    public async Task WhatACrashedProcessHad_IsSharedOutWhenItsLeasesHaveExpired_AndOfOneThatStopsAtOnce()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8), new("b", 8), new("c", 8)];
        await scene.SetAsync(9);
        await scene.SettleAsync(processes);
        processes.Should().OnlyContain(static one => one.Share == 3);

        var (a, b, c) = (processes[0], processes[1], processes[2]);
        await scene.ReportAsync(c, ends: true);
        await scene.ReportAsync(a);
        a.Share.Should().Be(4);
        await scene.ReportAsync(b);
        b.Share.Should().Be(5);

        // It crashes, and the other one goes on to report.
        await scene.PassAsync([a], Lease - TimeSpan.FromMilliseconds(1));
        a.Share.Should().Be(4);
        await scene.PassAsync([a], TimeSpan.FromMilliseconds(1));
        a.Share.Should().Be(9);
        (await redis.Database.HashKeysAsync(scene.Shares)).Select(static one => one.ToString()).Should().BeEquivalentTo(string.Empty, "a");
    }

    [Fact]
    [Trait("Fault", "181")]
    public async Task AfterAnOutage_NobodyGetsWhatOthersMayStillUse_UntilTheyHadTimeToReport()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8), new("b", 8), new("c", 8)];
        await scene.SetAsync(9);
        await scene.SettleAsync(processes);
        var (a, b, c) = (processes[0], processes[1], processes[2]);
        (b.Running, c.Running) = (3, 3);

        scene.Clock.Advance(TimeSpan.FromMinutes(10));
        processes.ForEach(static one => one.Share = 0);
        await scene.ReportAsync(a);
        a.Share.Should().Be(3);
        await scene.ReportAsync(b);
        b.Share.Should().Be(3);
        await scene.PassAsync([a, b], (Lease / 2) - TimeSpan.FromMilliseconds(1));
        (a.Share + b.Share).Should().BeLessThanOrEqualTo(6, "the third one may still be there");
        await scene.PassAsync([a, b], Lease);
        (a.Share, b.Share).Should().Be((4, 5));
    }

    // It would be kept until the clock is where it was.
    [Fact]
    [Trait("Fault", "182")]
    public async Task WhenTheClockGoesBack_WhatACrashedProcessHad_IsKeptNoLonger()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8), new("b", 8)];
        await scene.SetAsync(8);
        await scene.SettleAsync(processes);

        scene.Clock.AdjustTime(scene.Clock.GetUtcNow().AddHours(-1));
        await scene.PassAsync([processes[0]], TimeSpan.FromSeconds(1));
        processes[0].Share.Should().Be(4);
        await scene.PassAsync([processes[0]], Lease);
        processes[0].Share.Should().Be(8);
    }

    [Fact]
    [Trait("Fault", "179")]
    public async Task WhatOthersHave_ThatCannotBeRead_IsNotGivenAway()
    {
        await using var scene = new SharingScene(redis);
        List<SharingProcess> processes = [new("a", 8), new("b", 8)];
        await scene.SetAsync(8);
        await scene.SettleAsync(processes);
        await redis.Database.KeyDeleteAsync(scene.Shares);
        await redis.Database.StringSetAsync(scene.Shares, "what");

        processes[0].Running = 3;
        processes[0].Share = 0;
        processes.Add(new SharingProcess("c", 8) { IsTold = false });
        await scene.PassAsync(processes, TimeSpan.FromSeconds(1));

        processes.Select(static one => one.Share).Should().Equal(0, 4, 0);
        (await redis.Database.StringGetAsync(scene.Shares)).ToString().Should().Be("what");
        await redis.Database.KeyDeleteAsync(scene.Shares);
    }
}
