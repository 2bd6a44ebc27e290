using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Hosting.Tests;

/// <summary>A generic host as a process, which an orchestrator stops with SIGTERM.</summary>
public sealed class SigtermTests(RedisFixture redis)
{
    private const int Events = 3000;

    // Guarantee 1.
    [Fact]
    public async Task UnderLoad_LosesNothingAndRunsNothingTwice()
    {
        await using var host = TestHost.Create(redis);
        await using var first = Start(host.Prefix, "work=20");
        await first.ReadyAsync();
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, Events).Select(n => new Job(n))])).Ids();
        await Wait.UntilAsync(() => Handled(first).Count > 200, "it is in the middle of it");

        await first.TerminateAsync();
        await first.EndedAsync(TimeSpan.FromSeconds(30));
        var before = Handled(first);
        await using var second = Start(host.Prefix, "work=0");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == Events, "the next process handles the rest");

        first.ExitCode.Should().Be(0);
        first.History[^1].What.Should().Be("stopped");
        before.Count.Should().BeInRange(200, Events - 1, "it was stopped in the middle");
        before.Concat(Handled(second)).Order().Should().Equal(ids.Order(), "each event is handled once");
        first.History.Concat(second.History).Where(static entry => entry.What == "started").Should()
            .OnlyContain(static entry => entry.Number == 1, "the stop counts as no attempt");
    }

    // The handlers ignore their tokens and take longer than the host may take to stop.
    [Fact]
    public async Task WithStubbornHandlers_ExitsWithinTheShutdownTime_AndReleasesThem()
    {
        await using var host = TestHost.Create(redis);
        await using var worker = Start(host.Prefix, "work=600000", "stubborn=1", "drain=600000", "shutdown=5000");
        await worker.ReadyAsync();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 10).Select(n => new Job(n))]);
        await Wait.UntilAsync(() => worker.Says("started"), "handlers run");

        await worker.TerminateAsync();
        await worker.EndedAsync(TimeSpan.FromSeconds(30));

        (await host.Events.CountAsync()).Should().Match<GroupCounts>(counts => counts.Ready == 10 && counts.Leased == 0);
    }

    private WorkerProcess Start(string prefix, params string[] settings) =>
        new(redis.HostConnectionString, prefix, ["do=host", "lease=60000", .. settings]);

    private static List<string> Handled(WorkerProcess worker) =>
        [.. worker.History.Where(static entry => entry.What == "handled").Select(static entry => entry.Id)];
}
