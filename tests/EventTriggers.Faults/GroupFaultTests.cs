using EventTriggers.Tests;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>A process with several groups, or several handlers of one event, is killed; the histories of the processes judge.</summary>
public sealed class GroupFaultTests(RedisFixture redis)
{
    private static readonly string[] Groups = ["default", "billing", "audit"];

    [Fact]
    [Trait("Fault", "140")]
    public async Task WhatAKilledProcessHeldInSeveralGroups_IsHandledOnceMoreInEach_AndNothingElseIs()
    {
        await using var host = TestHost.Create(redis);
        await using var victim = Start(host, "groups=billing,audit", "work=600000");
        var settled = (await host.Bus.PublishAsync(new Job(0, "quick"))).Id;
        await CountAsync(host, processed: 1, "the quick event is settled in each group");
        var held = (await host.Bus.PublishManyAsync([.. Enumerable.Range(1, 5).Select(static n => new Job(n))])).Ids();
        await Wait.UntilAsync(
            () => victim.History.Count(static entry => entry.What.StartsWith("started", StringComparison.Ordinal)) == 18,
            "each group holds all events");

        await victim.KillAsync();
        await using var survivor = Start(host, "groups=billing,audit");
        await CountAsync(host, processed: 6, "all is handled");

        survivor.History.Where(static entry => entry.What.StartsWith("handled", StringComparison.Ordinal))
            .Select(static entry => (entry.What, entry.Id, entry.Number)).Should().BeEquivalentTo(
                from what in (string[])["handled", "handled@billing", "handled@audit"] from id in held select (what, id, 2L));
        foreach (var id in held)
        {
            (await host.Events.FindAsync(id))!.Deliveries.Select(static one => (one.Group, one.Crashes)).Should()
                .BeEquivalentTo(Groups.Select(static group => (group, 1)));
        }

        (await host.Events.FindAsync(settled))!.Deliveries.Should().HaveCount(3).And.OnlyContain(static one => one.Crashes == 0);
    }

    // What has succeeded, and what is out of attempts, is recorded with the first attempt, and so survives the process of the second.
    [Fact]
    [Trait("Fault", "144")]
    public async Task HandlersThatAreOver_DoNotRunAgain_AfterTheProcessOfAnotherHandlerIsKilled()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("test.job");
        await using var victim = Start(host, "handlers=three", "work=600000");
        var id = (await host.Bus.PublishAsync(new Job(1))).Id;
        await Wait.UntilAsync(
            () => victim.History.Any(static entry => entry is { What: "last", Number: 2 }), "the second attempt runs");

        await victim.KillAsync();
        await using var survivor = Start(host, "handlers=three");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "the delivery has come to its end");

        RunsOf(victim, id).Should().Equal("well 1", "once 1", "last 1", "last 2");
        RunsOf(survivor, id).Should().Equal("last 3");
        var delivery = (await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which;
        (delivery.Attempt, delivery.Crashes).Should().Be((3, 1));
        delivery.Error.Should().Contain("delegate-2 failed on an earlier attempt");
    }

    private static IEnumerable<string> RunsOf(WorkerProcess worker, string id) =>
        worker.History.Where(entry => entry.Id == id && entry.What is "well" or "once" or "last")
            .Select(static entry => $"{entry.What} {entry.Number}");

    private static Task CountAsync(TestHost host, int processed, string what) => Wait.UntilAsync(
        async () =>
        {
            foreach (var group in Groups)
            {
                if ((await host.Events.CountAsync(group)).Processed != processed)
                {
                    return false;
                }
            }

            return true;
        },
        what);

    private WorkerProcess Start(TestHost host, params string[] settings) =>
        new(redis.HostConnectionString, host.Prefix, ["lease=2000", .. settings]);
}
