using EventTriggers.Redis.Operations;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>
/// Every protocol step with its request lost, its reply lost, and its reply cut: nothing is lost and nothing happens twice.
/// </summary>
public sealed class StepTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int AtOnce = 25;

    public static TheoryData<Fault> Faults => [Fault.EatRequest, Fault.EatReply, Fault.CutReply, Fault.Delay];

    [Theory]
    [Trait("Fault", "23")]
    [Trait("Fault", "24")]
    [Trait("Fault", "32")]
    [MemberData(nameof(Faults))]
    public Task Publish(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Observer);
        var marker = $"m{Guid.NewGuid():N}";
        var struck = scene.ArmAsync(fault, marker);

        var id = (await scene.Victim.GetRequiredService<IEventBus>().PublishAsync(new Probe(marker))).Id;
        await struck;

        await HandledOnceAsync(scene, id);
    });

    [Theory]
    [Trait("Fault", "26")]
    [Trait("Fault", "27")]
    [MemberData(nameof(Faults))]
    public Task Settle(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Victim);
        var id = $"e{Guid.NewGuid():N}";
        var struck = scene.ArmAsync(fault, id);

        await scene.Observer.GetRequiredService<IEventBus>().PublishAsync(new Probe("x"), new PublishOptions { Id = id });
        await struck;

        await scene.SettledAsync();
        scene.Handled.Should().Equal(id);
        var delivery = (await scene.Observer.GetRequiredService<IEventStore>().FindAsync(id))!.Deliveries[0];
        (delivery.Status, delivery.Attempt, delivery.Crashes).Should().Be((DeliveryStatus.Processed, 1, 0));
    });

    // A claim of which nobody has heard costs neither a lease nor an attempt, and the event is handled once.
    [Theory]
    [Trait("Fault", "1")]
    [Trait("Fault", "2")]
    [MemberData(nameof(Faults))]
    public Task Claim(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Victim);
        var bus = scene.Observer.GetRequiredService<IEventBus>();
        await bus.PublishAsync(new Fence());
        await scene.SettledAsync();
        var struck = scene.ArmAsync(fault, Script.Claim.Sha1);

        var id = (await bus.PublishAsync(new Probe("x"))).Id;
        await struck;

        await HandledOnceAsync(scene, id);
        var delivery = (await scene.Observer.GetRequiredService<IEventStore>().FindAsync(id))!.Deliveries[0];
        (delivery.Status, delivery.Attempt, delivery.Crashes).Should().Be((DeliveryStatus.Processed, 1, 0));
    });

    // One lost call does not cost a lease.
    [Theory]
    [Trait("Fault", "29")]
    [MemberData(nameof(Faults))]
    public Task Renew(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Victim);
        var id = $"e{Guid.NewGuid():N}";
        scene.Hold = new TaskCompletionSource();
        await scene.Observer.GetRequiredService<IEventBus>().PublishAsync(new Probe("x"), new PublishOptions { Id = id });
        await Wait.UntilAsync(() => scene.Handled.Count == 1, "its handler runs");

        await scene.ArmAsync(fault, Script.Renew.Sha1);
        scene.Hold.SetResult();

        await scene.SettledAsync();
        scene.Handled.Should().Equal(id);
        var delivery = (await scene.Observer.GetRequiredService<IEventStore>().FindAsync(id))!.Deliveries[0];
        (delivery.Status, delivery.Attempt, delivery.Crashes).Should().Be((DeliveryStatus.Processed, 1, 0));
    });

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Reap(Fault fault) => RunAsync(fault, async scene =>
    {
        var id = $"e{Guid.NewGuid():N}";
        await scene.LeaveAnExpiredLeaseAsync(id);
        var struck = scene.ArmAsync(fault, Script.Reap.Sha1);

        scene.Consume(scene.Victim);
        await struck;

        await HandledOnceAsync(scene, id);
        (await scene.Observer.GetRequiredService<IEventStore>().FindAsync(id))!.Deliveries[0].Crashes.Should()
            .Be(1, "one crash is counted once");
    });

    // One retry is scheduled, and one attempt is spent.
    [Theory]
    [Trait("Fault", "28")]
    [MemberData(nameof(Faults))]
    public Task SettleOfAFailure(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.FailuresLeft = 1;
        scene.Consume(scene.Victim);
        var id = $"e{Guid.NewGuid():N}";
        var struck = scene.ArmAsync(fault, id);

        await scene.Observer.GetRequiredService<IEventBus>().PublishAsync(new Probe("x"), new PublishOptions { Id = id });
        await struck;

        await scene.SettledAsync();
        scene.Handled.Should().Equal(id, id);
        var delivery = (await scene.Observer.GetRequiredService<IEventStore>().FindAsync(id))!.Deliveries[0];
        (delivery.Status, delivery.Attempt, delivery.Crashes).Should().Be((DeliveryStatus.Processed, 2, 0));
    });

    [Theory]
    [Trait("Fault", "31")]
    [MemberData(nameof(Faults))]
    public Task AddTrigger(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Observer);
        var id = $"t{Guid.NewGuid():N}";
        var struck = scene.ArmAsync(fault, id);

        await scene.Victim.GetRequiredService<ITriggerStore>()
            .AddAsync(Trigger.After(TimeSpan.FromMilliseconds(1)).Publish(new Probe("x")).WithId(id));
        await struck;

        await FiredOnceAsync(scene, id);
    });

    [Theory]
    [Trait("Fault", "30")]
    [MemberData(nameof(Faults))]
    public Task CancelTrigger(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Observer);
        var id = await scene.Observer.GetRequiredService<ITriggerStore>()
            .AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).Publish(new Probe("x")));
        var struck = scene.ArmAsync(fault, id);

        var outcome = await scene.Victim.GetRequiredService<ITriggerStore>().CancelAsync(id);
        await struck;

        outcome.Should().Be(CancelOutcome.Canceled);
        (await scene.Observer.GetRequiredService<ITriggerStore>().RescheduleAsync(id, DateTimeOffset.UnixEpoch)).Should()
            .Be(ChangeOutcome.Ended);
        scene.Handled.Should().BeEmpty();
    });

    // Although it has fired at its new time, maybe before the repeat, the answer is that it was moved.
    [Theory]
    [Trait("Fault", "31")]
    [MemberData(nameof(Faults))]
    public Task RescheduleTrigger(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Observer);
        var id = await scene.Observer.GetRequiredService<ITriggerStore>()
            .AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new Probe("x")));
        var struck = scene.ArmAsync(fault, id);

        var moved = await scene.Victim.GetRequiredService<ITriggerStore>().RescheduleAsync(id, DateTimeOffset.UnixEpoch);
        await struck;

        moved.Should().Be(ChangeOutcome.Done);
        await FiredOnceAsync(scene, id);
    });

    [Theory]
    [MemberData(nameof(Faults))]
    public Task FireTriggerNow(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Observer);
        var id = await scene.Observer.GetRequiredService<ITriggerStore>().AddAsync(Trigger.On("never").Publish(new Probe("x")));
        var struck = scene.ArmAsync(fault, id);

        var fired = await scene.Victim.GetRequiredService<ITriggerStore>().FireNowAsync(id);
        await struck;

        fired.Should().Be(ChangeOutcome.Done);
        await FiredOnceAsync(scene, id);
    });

    [Theory]
    [Trait("Fault", "145")]
    [MemberData(nameof(Faults))]
    public Task PauseGroup(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Observer);
        await scene.Observer.GetRequiredService<IEventBus>().PublishAsync(new Probe("x"));
        await Wait.UntilAsync(() => scene.Handled.Count == 1, "the group is known, and works");
        var groups = scene.Victim.GetRequiredService<IGroupStore>();
        var paused = scene.ArmAsync(fault, Script.PauseGroup.Sha1);

        (await groups.PauseAsync("default", new PauseOptions { By = "ada" })).Should().Be(ChangeOutcome.Done);
        await paused;

        await scene.Observer.GetRequiredService<IEventBus>().PublishAsync(new Probe("y"));
        (await groups.FindAsync("default"))!.Should().Match<GroupRecord>(group => group.Pause!.By == "ada" && group.Counts.Ready == 1);
        (await groups.ResumeAsync("default")).Should().Be(ChangeOutcome.Done);
        await Wait.UntilAsync(() => scene.Handled.Count == 2, "it goes on");
    });

    [Theory]
    [Trait("Fault", "145")]
    [MemberData(nameof(Faults))]
    public Task SetConcurrency(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Observer);
        await scene.Observer.GetRequiredService<IEventBus>().PublishAsync(new Probe("x"));
        await Wait.UntilAsync(() => scene.Handled.Count == 1, "the group is known, and works");
        var groups = scene.Victim.GetRequiredService<IGroupStore>();
        var set = scene.ArmAsync(fault, Script.SetConcurrency.Sha1);

        (await groups.SetConcurrencyAsync("default", 3, "ada")).Should().Be(ChangeOutcome.Done);
        await set;

        (await groups.FindAsync("default"))!.Concurrency.Should()
            .Match<GroupConcurrency>(static one => one.Concurrency == 3 && one.By == "ada");
        await Wait.UntilAsync(
            async () => (await groups.ListConsumersAsync()).Any(
                static consumer => consumer.Groups.Any(static group => group.Group == "default" && group.Concurrency == 3)),
            "the consumer obeys");
    });

    [Theory]
    [Trait("Fault", "146")]
    [MemberData(nameof(Faults))]
    public Task RemoveGroup(Fault fault) => RunAsync(fault, async scene =>
    {
        var id = $"e{Guid.NewGuid():N}";
        await scene.LeaveAnExpiredLeaseAsync(id);
        var bus = scene.Observer.GetRequiredService<IEventBus>();
        await bus.PublishManyAsync([.. Enumerable.Range(0, 250).Select(static n => new Probe("x"))]);
        var groups = scene.Victim.GetRequiredService<IGroupStore>();
        var struck = scene.ArmAsync(fault, Script.RemoveGroup.Sha1);

        (await groups.RemoveAsync("default", force: true)).Should().Be(RemoveGroupOutcome.Removed);
        await struck;

        (await groups.FindAsync("default")).Should().BeNull();
        (await scene.Observer.GetRequiredService<IEventStore>().CountAsync())
            .Should().Match<GroupCounts>(static counts => counts.Ready == 0 && counts.Leased == 0);
        (await scene.Observer.GetRequiredService<IEventStore>().FindAsync(id)).Should().BeNull();
    });

    [Theory]
    [Trait("Fault", "157")]
    [MemberData(nameof(Faults))]
    public Task AddAudit(Fault fault) => RunAsync(fault, async scene =>
    {
        var struck = scene.ArmAsync(fault, Script.AddAudit.Sha1);

        await scene.Victim.GetRequiredService<IAuditStore>().AddAsync(new AuditEntry { Action = "pause group", Target = "billing" });
        await struck;

        (await scene.Observer.GetRequiredService<IAuditStore>().ListAsync()).Should().ContainSingle()
            .Which.Entry.Target.Should().Be("billing");
    });

    // The process that advances is cut off in the middle of it.
    [Theory]
    [Trait("Fault", "6")]
    [MemberData(nameof(Faults))]
    public Task Advance(Fault fault) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Victim);
        var bus = scene.Observer.GetRequiredService<IEventBus>();
        await bus.PublishAsync(new Fence());
        await scene.SettledAsync();
        var struck = scene.ArmAsync(fault, Script.FireDue.Sha1);

        var id = await scene.Observer.GetRequiredService<ITriggerStore>()
            .AddAsync(Trigger.After(TimeSpan.FromMilliseconds(50)).Publish(new Probe("x")));
        await struck;

        await FiredOnceAsync(scene, id);
    });

    // Matching and firing.
    [Theory]
    [Trait("Fault", "92")]
    [MemberData(nameof(Faults))]
    public Task Match(Fault fault) => FiresOnceAsync(fault, Script.FireMatches, Trigger.On<Fence>().Publish(new Probe("x")));

    // What is in memory is asked for again.
    [Theory]
    [MemberData(nameof(Faults))]
    public Task AskForTriggers(Fault fault) =>
        FiresOnceAsync(fault, Script.SubscriptionChanges, Trigger.On<Fence>().Publish(new Probe("x")));

    // A count neither loses an event nor counts one twice.
    [Theory]
    [MemberData(nameof(Faults))]
    public Task Observe(Fault fault) =>
        FiresOnceAsync(
            fault, Script.Observe, Trigger.On<Fence>().Count(3).Within(TimeSpan.FromHours(1)).Publish(new Probe("x")), events: 5);

    [Theory]
    [MemberData(nameof(Faults))]
    public Task FireWaiting(Fault fault) =>
        FiresOnceAsync(
            fault, Script.FireWaiting, Trigger.On<Fence>().NotFollowedBy("never").Within(TimeSpan.FromMilliseconds(20))
                .Publish(new Probe("x")));

    private static async Task HandledOnceAsync(Scene scene, string id)
    {
        await Wait.UntilAsync(() => scene.Handled.Count > 0, "it is handled");
        await scene.SettledAsync();
        scene.Handled.Should().Equal(id);
    }

    private static async Task FiredOnceAsync(Scene scene, string id)
    {
        await Wait.UntilAsync(() => scene.Handled.Count > 0, "it has fired");
        await scene.SettledAsync();
        scene.Handled.Should().ContainSingle().Which.Should().StartWith($"{id}/");
        (await scene.Observer.GetRequiredService<ITriggerStore>().FindAsync(id))!.FiringCount.Should().Be(1);
    }

    // Shows events to a trigger that fires once for them, while the script is struck.
    private Task FiresOnceAsync(Fault fault, Script script, Trigger trigger, int events = 1) => RunAsync(fault, async scene =>
    {
        scene.Consume(scene.Victim);
        var id = await scene.Observer.GetRequiredService<ITriggerStore>().AddAsync(trigger);
        var struck = scene.ArmAsync(fault, script.Sha1);

        await scene.Observer.GetRequiredService<IEventBus>().PublishManyAsync(Enumerable.Repeat(new Fence(), events).ToArray());
        await struck;

        await FiredOnceAsync(scene, id);
    });

    private async Task RunAsync(Fault fault, Func<Scene, Task> round)
    {
        var started = TimeProvider.System.GetTimestamp();
        await Rounds.RunAsync(AtOnce, async _ =>
        {
            await using var scene = await Scene.CreateAsync(redis);
            await round(scene);
        });
        output.WriteLine(
            $"{fault}: {Rounds.Count} rounds, lost 0, duplicated 0, in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
    }
}
