using System.Text;
using EventTriggers.Redis.Operations;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>Groups that order by key, while processes stand still, or are killed at a step.</summary>
public sealed class KeyFaultTests(RedisFixture redis)
{
    private readonly KeyScene _scene = new(redis);

    public static TheoryData<bool> Before => [true, false];

    // Its leases end, others take over, and what it says afterwards is refused.
    [Fact]
    [Trait("Fault", "159")]
    public async Task AProcessThatStandsStill_LosesItsTurns_AndTheOrderIsKept()
    {
        await using var host = _scene.Host(places: 1);
        var ids = await KeyScene.PublishAsync(host, 2_000);
        await using var still = _scene.Start(host, places: 1);
        await Wait.UntilAsync(() => still.History.Count(static entry => entry.What == "handled") > 20, "it is at work");

        await still.StopAsync();
        await using var other = _scene.Start(host, places: 1);
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0 }, "the other one handles everything");
        await still.ContinueAsync();
        await other.TerminateAsync();
        await still.TerminateAsync();
        await still.EndedAsync();

        other.History.Should().NotBeEmpty("it took over");
        var found = KeyScene.Judge(ids, [still, other], places: 1, mayRunOn: true);
        found.Should().Be((0, 0, 0));
        await _scene.NothingWaitsAsync(host);
    }

    // The step that gives places, and the one that passes them on, each with its request lost and with its reply lost.
    [Theory]
    [Trait("Fault", "160")]
    [MemberData(nameof(Before))]
    public Task AProcessThatIsKilledWhileItClaims_LosesNoTurn(bool before) => KillAtAsync(before, Script.Claim);

    [Theory]
    [Trait("Fault", "160")]
    [MemberData(nameof(Before))]
    public Task AProcessThatIsKilledWhileItSettles_PassesItsTurnsOnOnce(bool before) => KillAtAsync(before, Script.SettleKeyed);

    // What it has leased behind the first event of a key comes again behind it.
    [Theory]
    [Trait("Fault", "176")]
    [MemberData(nameof(Before))]
    public Task AProcessThatIsKilledWhileItClaimsForABatch_LosesNoTurn(bool before) =>
        KillAtAsync(before, Script.ClaimNext, "handlers=keys", "size=5");

    private async Task KillAtAsync(bool before, Script script, params string[] settings)
    {
        redis.SkipInACluster();
        await using var host = _scene.Host(places: 1);
        var ids = await KeyScene.PublishAsync(host, 3 * KeyScene.Keys);
        await redis.Database.ExecuteAsync("SCRIPT", "LOAD", script.Text);
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        var struck = proxy.ArmAsync(before ? Fault.HoldRequest : Fault.HoldReply, Encoding.UTF8.GetBytes(script.Sha1));
        await using var victim = new WorkerProcess(
            redis.HostThrough(proxy.ConnectionString), host.Prefix,
            [$"lease={KeyScene.Lease.TotalMilliseconds}", "order=1", .. settings]);
        await Wait.ForAsync(struck);
        await victim.KillAsync();
        await victim.EndedAsync();

        await using var other = _scene.Start(host, places: 1, settings: settings);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == ids.Count, "all are handled");

        KeyScene.Judge(ids, [victim, other], places: 1, inBatches: settings.Length > 0).Should().Be((0, 0, 0));
        await _scene.NothingWaitsAsync(host);
    }
}
