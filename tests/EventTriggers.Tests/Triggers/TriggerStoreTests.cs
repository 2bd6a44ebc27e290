using EventTriggers.Consuming.Execution;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

public sealed class TriggerStoreTests(RedisFixture redis)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Find_OfWhatNeverWas_IsNull()
    {
        await using var host = TestHost.Create(redis);

        (await host.Triggers.FindAsync("nothing")).Should().BeNull();
    }

    // Guarantee 4.
    [Fact]
    public async Task Cancel_TellsTheTruthInEachCase()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var waiting = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));
        var fired = await host.Triggers.AddAsync(Trigger.After(TimeSpan.Zero).Publish(new Reminder(2)));
        await consumer.AdvanceAsync();
        await consumer.ClaimOneAsync();

        var outcomes = new List<CancelOutcome>();
        foreach (var id in new[] { waiting, waiting, fired, "nothing" })
        {
            outcomes.Add(await host.Triggers.CancelAsync(id));
        }

        clock.Advance(Hour * 2);
        await consumer.AdvanceAsync();
        outcomes.Should().Equal(CancelOutcome.Canceled, CancelOutcome.Canceled, CancelOutcome.TooLate, CancelOutcome.NotFound);
        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await host.Triggers.FindAsync(waiting))!.Status.Should().Be(TriggerStatus.Canceled);
    }

    [Fact]
    [Trait("Fault", "94")]
    public async Task Pause_AcrossTheDueTime_FiresOnceAtTheResume()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));

        (await host.Triggers.PauseAsync(id)).Should().Be(ChangeOutcome.Done);
        clock.Advance(Hour * 3);
        await consumer.AdvanceAsync();
        var paused = await consumer.ClaimAsync();
        (await host.Triggers.ResumeAsync(id)).Should().Be(ChangeOutcome.Done);
        await consumer.AdvanceAsync();

        paused.Should().BeEmpty();
        await consumer.ClaimOneAsync();
    }

    [Fact]
    public async Task Changes_OfEndedOrUnknown_SayWhich()
    {
        var (host, _, _) = await CreateAsync();
        await using var __ = host;
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));
        await host.Triggers.CancelAsync(id);

        (await host.Triggers.PauseAsync(id)).Should().Be(ChangeOutcome.Ended);
        (await host.Triggers.ResumeAsync(id)).Should().Be(ChangeOutcome.Ended);
        (await host.Triggers.RescheduleAsync(id, DateTimeOffset.UnixEpoch)).Should().Be(ChangeOutcome.Ended);
        (await host.Triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Ended);
        (await host.Triggers.PauseAsync("nothing")).Should().Be(ChangeOutcome.NotFound);
        (await host.Triggers.ResumeAsync("nothing")).Should().Be(ChangeOutcome.NotFound);
        (await host.Triggers.RescheduleAsync("nothing", DateTimeOffset.UnixEpoch)).Should().Be(ChangeOutcome.NotFound);
        (await host.Triggers.FireNowAsync("nothing")).Should().Be(ChangeOutcome.NotFound);
    }

    // What is so already is done; and what a trigger that is paused can do, too.
    [Fact]
    public async Task Changes_OfATriggerThatIsSoAlready_OrIsPaused_AreDone()
    {
        var (host, clock, _) = await CreateAsync();
        await using var __ = host;
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));
        var due = clock.GetUtcNow() + (2 * Hour);

        (await host.Triggers.ResumeAsync(id)).Should().Be(ChangeOutcome.Done);
        (await host.Triggers.PauseAsync(id)).Should().Be(ChangeOutcome.Done);
        (await host.Triggers.PauseAsync(id)).Should().Be(ChangeOutcome.Done);
        (await host.Triggers.RescheduleAsync(id, due)).Should().Be(ChangeOutcome.Done);
        var paused = await host.Triggers.FindAsync(id);
        (await host.Triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Done);

        (paused!.Status, paused.DueAt).Should().Be((TriggerStatus.Paused, due));
        (await host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1);
    }

    // No deadlock, and it takes effect for what comes next.
    [Fact]
    [Trait("Fault", "89")]
    public async Task Cancel_ByTheTriggersOwnHandler_EndsIt()
    {
        var (outcomes, host) = (new System.Collections.Concurrent.ConcurrentQueue<CancelOutcome>(), (TestHost?)null);
        host = TestHost.Create(redis, build => build.AddHandler<Reminder>(async (context, token) =>
            outcomes.Enqueue(await host!.Triggers.CancelAsync(context.Firing!.TriggerId, token))));
        await using var _ = host.Start();
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => outcomes.Count == 1, "its handler cancels it");
        await host.Bus.PublishAsync(new OrderPlaced(2));
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync(TriggerMatcher.Group) is { Ready: 0, Leased: 0 }, "the second is matched");

        outcomes.Should().Equal(CancelOutcome.Canceled);
        (await host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1);
    }

    [Fact]
    [Trait("Fault", "88")]
    public async Task Reschedule_MovesTheFiring()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));

        var moved = await host.Triggers.RescheduleAsync(id, clock.GetUtcNow() + (2 * Hour));
        clock.Advance(Hour);
        await consumer.AdvanceAsync();
        var atTheOldTime = await consumer.ClaimAsync();
        clock.Advance(Hour);
        await consumer.AdvanceAsync();

        moved.Should().Be(ChangeOutcome.Done);
        atTheOldTime.Should().BeEmpty();
        await consumer.ClaimOneAsync();
    }

    [Fact]
    public async Task Reschedule_OfAnEventTrigger_IsRefused()
    {
        var (host, _, _) = await CreateAsync();
        await using var __ = host;
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));

        var reschedule = async () => await host.Triggers.RescheduleAsync(id, DateTimeOffset.UnixEpoch);

        await reschedule.Should().ThrowAsync<InvalidOperationException>().WithMessage("*waits for events*");
    }

    [Fact]
    public async Task FireNow_FiresAOneShotInsteadOfItsDueTime()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));

        (await host.Triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Done);
        await consumer.ClaimOneAsync();
        clock.Advance(Hour * 2);
        await consumer.AdvanceAsync();

        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await host.Triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Ended);
        (await host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    [Trait("Fault", "90")]
    public async Task Add_OfTheSameDefinitionTwice_IsOneTrigger()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var trigger = Trigger.After(Hour).Publish(new Reminder(1)).WithId("once");

        await host.Triggers.AddAsync(trigger);
        clock.Advance(Hour / 2);
        await host.Triggers.AddAsync(trigger);
        clock.Advance(Hour / 2);
        await consumer.AdvanceAsync();

        await consumer.ClaimOneAsync();
    }

    [Fact]
    [Trait("Fault", "90")]
    public async Task Add_OfAnotherDefinition_DoesWhatWasChosen()
    {
        var (host, _, _) = await CreateAsync();
        await using var __ = host;
        Trigger With(int number) => Trigger.After(Hour).Publish(new Reminder(number)).WithId("same");
        await host.Triggers.AddAsync(With(1));

        var conflict = async () => await host.Triggers.AddAsync(With(2));
        (await conflict.Should().ThrowAsync<TriggerConflictException>()).Which.Id.Should().Be("same");
        await host.Triggers.AddAsync(With(3).IfExists(OnConflict.Keep));
        var kept = (await host.Triggers.FindAsync("same"))!;
        await host.Triggers.AddAsync(With(4).IfExists(OnConflict.Replace));
        var replaced = (await host.Triggers.FindAsync("same"))!;

        System.Text.Encoding.UTF8.GetString(kept.Payload.Span).Should().Be("""{"number":1}""");
        System.Text.Encoding.UTF8.GetString(replaced.Payload.Span).Should().Be("""{"number":4}""");
    }

    [Fact]
    public async Task Add_AfterACancellation_IsANewTrigger()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var trigger = Trigger.After(Hour).Publish(new Reminder(1)).WithId("again");
        await host.Triggers.AddAsync(trigger);
        await host.Triggers.CancelAsync("again");

        await host.Triggers.AddAsync(trigger);
        clock.Advance(Hour);
        await consumer.AdvanceAsync();

        await consumer.ClaimOneAsync();
    }

    // Guarantee 3: a host that adds its trigger at every start, long after it fired.
    [Fact]
    public async Task Add_OfTheSameMomentAfterItHasFired_DoesNotFireAgain()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var trigger = Trigger.At(clock.GetUtcNow().AddMinutes(1)).Publish(new Reminder(1)).WithId("once");
        await host.Triggers.AddAsync(trigger);
        clock.Advance(TimeSpan.FromMinutes(2));
        await consumer.AdvanceAsync();
        var fired = await consumer.ClaimOneAsync();
        await consumer.SettleAsync(fired, Outcome.Done);
        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:event:{fired.Delivery.Id}");

        await host.Triggers.AddAsync(trigger);
        await consumer.AdvanceAsync();

        (await consumer.ClaimAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Add_OfAnotherPayloadForAMomentThatHasFired_FiresForItself()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var due = clock.GetUtcNow().AddMinutes(1);
        await host.Triggers.AddAsync(Trigger.At(due).Publish(new Reminder(1)).WithId("k"));
        clock.Advance(TimeSpan.FromMinutes(2));
        await consumer.AdvanceAsync();
        var first = await consumer.ClaimOneAsync();

        await host.Triggers.AddAsync(Trigger.At(due).Publish(new Reminder(2)).WithId("k"));
        await consumer.AdvanceAsync();
        var second = await consumer.ClaimOneAsync();

        second.Delivery.Id.Should().NotBe(first.Delivery.Id);
        System.Text.Encoding.UTF8.GetString(second.Delivery.Json).Should().Be("""{"number":2}""");
    }

    [Fact]
    public async Task Add_OfARelativeTimeAfterItHasFired_BeginsAnew()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var trigger = Trigger.After(Hour).Publish(new Reminder(1)).WithId("idle").IfExists(OnConflict.Keep);
        for (var round = 0; round < 2; round++)
        {
            await host.Triggers.AddAsync(trigger);
            clock.Advance(Hour);
            await consumer.AdvanceAsync();
            await consumer.ClaimOneAsync();
        }

        (await host.Triggers.FindAsync("idle"))!.Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    public async Task AnEventTriggerPastItsEnd_IsCompletedByTheClock()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var until = clock.GetUtcNow().AddMinutes(1);
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Until(until).Publish(new Reminder(1)));
        clock.Advance(TimeSpan.FromMinutes(1));
        await consumer.AdvanceAsync();
        var atItsEnd = (await host.Triggers.FindAsync(id))!.Status;
        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await host.Triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Ended);
        await consumer.AdvanceAsync();

        atItsEnd.Should().Be(TriggerStatus.Active);
        (await host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Completed);
        (await consumer.ClaimAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Query_FiltersByEverything()
    {
        var (host, clock, _) = await CreateAsync();
        await using var __ = host;
        for (var n = 0; n < 250; n++)
        {
            await host.Triggers.AddAsync(
                Trigger.After(TimeSpan.FromMinutes(n)).WithId($"t{n}").Tagged(n % 2 == 0 ? "even" : "odd").Publish(new Reminder(n)));
        }

        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("on").Publish(new OrderPlaced(1)));
        await host.Triggers.CancelAsync("t0");
        await host.Triggers.PauseAsync("t1");

        async Task<List<string>> Ids(TriggerQuery query) => await host.Triggers.QueryAsync(query).Select(t => t.Id).ToListAsync();
        (await Ids(new TriggerQuery())).Should().HaveCount(251);
        (await Ids(new TriggerQuery { Status = TriggerStatus.Canceled })).Should().Equal("t0");
        (await Ids(new TriggerQuery { Status = TriggerStatus.Paused })).Should().Equal("t1");
        (await Ids(new TriggerQuery { Kind = TriggerKind.On })).Should().Equal("on");
        (await Ids(new TriggerQuery { EventType = "order.placed" })).Should().Equal("on");
        (await Ids(new TriggerQuery { SourceType = "order.placed" })).Should().Equal("on");
        (await Ids(new TriggerQuery { SourceType = "reminder" })).Should().BeEmpty();
        (await Ids(new TriggerQuery { Tag = "odd" })).Should().HaveCount(125);
        (await Ids(new TriggerQuery { DueBefore = clock.GetUtcNow().AddMinutes(4), Status = TriggerStatus.Active })).Should()
            .Equal("t2", "t3");
        (await Ids(new TriggerQuery { DueBefore = clock.GetUtcNow().AddMinutes(4) })).Should().BeEquivalentTo("t0", "t1", "t2", "t3");
    }

    [Fact]
    public async Task Cancel_WhenNothingIsRemembered_LeavesNothingBehind()
    {
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = 0);
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));

        (await host.Triggers.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);

        (await host.Triggers.FindAsync(id)).Should().BeNull();
    }

    [Fact]
    public async Task EndedTriggers_AreForgottenAfterTheirRetention()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var id = await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));
        await host.Triggers.CancelAsync(id);

        clock.Advance(Hour + TimeSpan.FromSeconds(1));
        await consumer.SweepAsync();

        (await host.Triggers.CancelAsync(id)).Should().Be(CancelOutcome.NotFound);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("{a}")]
    [InlineData("a#b")]
    public void WithId_OfABadId_IsRefused(string id)
    {
        var with = () => Trigger.After(Hour).WithId(id);

        with.Should().Throw<ArgumentException>().WithMessage("*trigger id*");
    }

    [Fact]
    public void TheFluentFront_RefusesBadValuesAndChangesNothing()
    {
        var rule = Trigger.After(Hour);

        FluentActions.Invoking(() => rule.WithId(new string('x', 151))).Should().Throw<ArgumentException>()
            .WithMessage("*1 to 150 characters*has 151*");
        FluentActions.Invoking(() => rule.MaxFirings(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => rule.Tagged("a b")).Should().Throw<ArgumentException>().WithMessage("*tag*");
        FluentActions.Invoking(() => rule.IfExists((OnConflict)9)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => rule.Publish<Reminder>(null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => Trigger.On("a b")).Should().Throw<ArgumentException>().WithMessage("*event type*");
        rule.WithId("x").Should().NotBeSameAs(rule);
        rule.Definition.Id.Should().BeNull();
    }

    private async Task<(TestHost Host, Microsoft.Extensions.Time.Testing.FakeTimeProvider Clock, ManualConsumer Consumer)> CreateAsync()
    {
        var clock = Clock.At2030();
        var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, concurrency: 1000);
        await consumer.SubscribeAsync("order.reminder");
        return (host, clock, consumer);
    }
}
