using System.Text.Json;
using EventTriggers.Triggers.Schedules;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Triggers;

/// <summary>What pausing, moving, firing by hand, updating and cancelling do to a trigger that recurs.</summary>
public sealed class RecurringChangeTests(RedisFixture redis)
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [Trait("Fault", "94")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PausingAcrossADueTime_SkipsIt_UnlessAllAreWanted(bool isCron)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var when = isCron ? Trigger.Cron("* * * * *") : Trigger.Every(TimeSpan.FromMinutes(1));
        var once = await stage.AddAsync(when.WithId("once"));
        var all = await stage.AddAsync(when.WithId("all").OnMisfire(Misfire.FireAll()));
        foreach (var id in (string[])[once, all])
        {
            await stage.Host.Triggers.PauseAsync(id);
        }

        stage.Clock.Advance(TimeSpan.FromSeconds(150));
        await stage.AdvanceAllAsync();
        (await stage.FiredAsync()).Should().BeEmpty();
        foreach (var id in (string[])[once, all])
        {
            await stage.Host.Triggers.ResumeAsync(id);
        }

        await stage.AdvanceAllAsync();
        (await stage.FiredAsync()).Select(static firing => firing.TriggerId).Should().Equal(all, all);
        stage.Clock.Advance(TimeSpan.FromSeconds(30));
        await stage.AdvanceAllAsync();
        (await stage.FiredAsync()).Single(firing => firing.TriggerId == once).Missed.Should().Be(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reschedule_MovesTheNextOccurrenceOnly(bool isCron)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var start = stage.Now;
        var id = await stage.AddAsync(
            isCron ? Trigger.Cron("0 * * * *").StartingAt(start.AddHours(1)) : Trigger.Every(TimeSpan.FromHours(1)));

        await stage.Host.Triggers.RescheduleAsync(id, start.AddMinutes(10));
        stage.MoveTo(start.AddMinutes(10));
        await stage.AdvanceAsync();
        var early = (await stage.FindAsync(id)).DueAt;
        await stage.Host.Triggers.RescheduleAsync(id, start.AddMinutes(200));
        stage.MoveTo(start.AddMinutes(200));
        await stage.AdvanceAsync();

        early.Should().Be(start.AddHours(2), "the occurrence of the first hour was moved");
        (await stage.FiredAsync()).Select(static firing => firing.DueAt).Should().Equal(start.AddMinutes(10), start.AddMinutes(200));
        (await stage.FindAsync(id)).DueAt.Should().Be(start.AddHours(4), "it goes on after both");
    }

    [Fact]
    public async Task FireNow_LeavesTheScheduleAsItIs()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromHours(1)));
        var due = (await stage.FindAsync(id)).DueAt;

        stage.Clock.Advance(TimeSpan.FromMinutes(7));
        (await stage.Host.Triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Done);

        (await stage.FiredAsync()).Should().ContainSingle().Which.DueAt.Should().Be(stage.Now);
        var found = await stage.FindAsync(id);
        (found.DueAt, found.FiringCount, found.Status).Should().Be((due, 1L, TriggerStatus.Active));
    }

    // Each start of a program adds it: that it has ended meanwhile is no reason to fail.
    [Theory]
    [InlineData(OnConflict.Keep)]
    [InlineData(OnConflict.Replace)]
    [InlineData(OnConflict.Throw)]
    public async Task Add_OfAnEqualOneThatIsOver_LeavesItAsItIs(OnConflict conflict)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var cron = Trigger.Cron("0 9 * * *").Until(stage.Now.AddDays(2)).IfExists(conflict).WithId("over");
        var every = Trigger.Every(TimeSpan.FromHours(1)).StartingAt(stage.Now).Until(stage.Now.AddDays(1)).IfExists(conflict)
            .WithId("every");
        await stage.AddAsync(cron);
        await stage.AddAsync(every);
        stage.Clock.Advance(TimeSpan.FromDays(3));
        await stage.AdvanceAllAsync();
        var before = await stage.FindAsync("over");

        await stage.AddAsync(cron);
        await stage.AddAsync(every);
        var other = () => stage.AddAsync(
            Trigger.Cron("0 10 * * *").Until(stage.Now.AddDays(-1)).WithId("over").IfExists(OnConflict.Replace));

        before.Status.Should().Be(TriggerStatus.Completed);
        JsonSerializer.Serialize(await stage.FindAsync("over")).Should().Be(JsonSerializer.Serialize(before));
        (await stage.FindAsync("every")).Status.Should().Be(TriggerStatus.Completed);
        await other.Should().ThrowAsync<ArgumentException>().WithMessage("*never due*until*");
    }

    [Fact]
    public async Task Update_ChangesTheDefinitionAndKeepsWhatWasDone()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromMinutes(1)).WithId("report"));
        stage.Clock.Advance(TimeSpan.FromMinutes(1));
        await stage.AdvanceAsync();
        await stage.Host.Triggers.PauseAsync(id);

        var changed = await stage.Host.Triggers.UpdateAsync(id, Trigger.Cron("0 9 * * *", Berlin).Tagged("daily").Publish(new Reminder(2)));

        changed.Should().Be(ChangeOutcome.Done);
        var found = await stage.FindAsync(id);
        (found.Kind, found.Status, found.FiringCount, found.DueAt).Should()
            .Be((TriggerKind.Cron, TriggerStatus.Paused, 1L, Time("2030-01-01T08:00:00Z")));
        (found.Cron, found.Zone, found.Interval).Should().Be(("0 9 * * *", "Europe/Berlin", null));
        (await stage.Host.Triggers.HistoryAsync(id)).Should().ContainSingle();
        await stage.Host.Triggers.ResumeAsync(id);
        stage.MoveTo(Time("2030-01-01T08:00:00Z"));
        await stage.AdvanceAsync();
        (await stage.FiredAsync()).Select(static firing => firing.Sequence).Should().Equal(1, 2);
    }

    // A release that changes what is published, more often than the interval, must not put it off for ever; and what is due stays due.
    [Fact]
    public async Task Update_OfWhatItPublishes_LeavesItDueAsItWas()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromHours(1)));
        var due = (await stage.FindAsync(id)).DueAt!.Value;
        stage.Clock.Advance(TimeSpan.FromMinutes(90));

        await stage.Host.Triggers.UpdateAsync(id, Trigger.Every(TimeSpan.FromHours(1)).Publish(new Reminder(2)));

        (await stage.FindAsync(id)).DueAt.Should().Be(due);
        await stage.AdvanceAsync();
        (await stage.FiredAsync()).Should().ContainSingle().Which.DueAt.Should().Be(due);
        (await stage.FindAsync(id)).DueAt.Should().Be(due.AddHours(1));
    }

    // Somebody fires it, or moves it, between the plan and its firing.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task APlanThatIsOld_FiresNothing(bool isFired)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Cron("* * * * *").MaxFirings(2));
        stage.Clock.Advance(TimeSpan.FromMinutes(1));
        var found = await stage.FindAsync(id);
        var spec = await redis.Database.HashGetAsync($"{{{stage.Host.Prefix}:0}}:trigger:{id}", "spec");
        var (keyspace, due) = (stage.Host.Keyspace, found.DueAt!.Value.ToUnixTimeMilliseconds());
        await (isFired ? stage.Host.Triggers.FireNowAsync(id) : stage.Host.Triggers.RescheduleAsync(id, stage.Now.AddHours(1)));

        var reply = await keyspace.Scripts.RunAsync(new FirePlannedRequest
        {
            Partition = keyspace.Partitions[0],
            Now = keyspace.PinnedNow,
            OwnGroups = " default ",
            Retention = keyspace.EndedRetention,
            Firings =
            [
                new PlannedFiring(
                    DueTrigger.From(id, [new("spec", spec), new("due", due)]), new FirePlan([due], Next: null, Missed: 0), string.Empty),
            ],
        });

        reply.Fired.Should().Equal([null]);
        (await stage.FiredAsync()).Should().HaveCount(isFired ? 1 : 0);
    }

    // Rescheduled beyond its end, it is over.
    [Fact]
    public async Task AMovedOccurrenceAfterItsEnd_DoesNotFire()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Cron("* * * * *").Until(stage.Now.AddMinutes(5)));
        await stage.Host.Triggers.RescheduleAsync(id, stage.Now.AddMinutes(6));

        stage.Clock.Advance(TimeSpan.FromMinutes(6));
        await stage.AdvanceAsync();

        (await stage.FiredAsync()).Should().BeEmpty();
        (await stage.FindAsync(id)).Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    public async Task Update_OfATriggerThatIsOver_OrOfAnotherId_IsRefused()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromMinutes(1)));
        await stage.Host.Triggers.CancelAsync(id);
        var trigger = Trigger.Every(TimeSpan.FromMinutes(2)).Publish(new Reminder(1));

        (await stage.Host.Triggers.UpdateAsync(id, trigger)).Should().Be(ChangeOutcome.Ended);
        (await stage.Host.Triggers.UpdateAsync("none", trigger)).Should().Be(ChangeOutcome.NotFound);
        var other = async () => await stage.Host.Triggers.UpdateAsync(id, trigger.WithId("other"));

        await other.Should().ThrowAsync<ArgumentException>().WithMessage("*'other'*");
        (await stage.FindAsync(id)).Interval.Should().Be(TimeSpan.FromMinutes(1));
        (await stage.Host.Triggers.FindAsync("none")).Should().BeNull();
    }

    [Fact]
    [Trait("Fault", "89")]
    public async Task ACancelledTrigger_FiresNoMore()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromMinutes(1)));
        stage.Clock.Advance(TimeSpan.FromMinutes(1));
        await stage.AdvanceAsync();

        (await stage.Host.Triggers.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        stage.Clock.Advance(TimeSpan.FromMinutes(5));
        await stage.AdvanceAsync();

        (await stage.FiredAsync()).Should().ContainSingle();
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
