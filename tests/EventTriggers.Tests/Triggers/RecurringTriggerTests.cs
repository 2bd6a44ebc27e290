using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Tests.Triggers;

/// <summary>Triggers that recur, on a server, in fake time.</summary>
public sealed class RecurringTriggerTests(RedisFixture redis)
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Fact]
    public async Task Every_IsAnchored_HoweverLateItFires()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var start = stage.Now;
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromMinutes(1)));

        foreach (var late in (int[])[0, 20_000, 59_999, 1])
        {
            stage.MoveTo((await stage.FindAsync(id)).DueAt!.Value.AddMilliseconds(late));
            await stage.AdvanceAsync();
        }

        (await stage.FiredAsync()).Select(static firing => firing.DueAt).Should()
            .Equal(Enumerable.Range(1, 4).Select(n => start.AddMinutes(n)));
        (await stage.FindAsync(id)).DueAt.Should().Be(start.AddMinutes(5));
    }

    // Guarantee 3; fault 86.
    [Theory]
    [Trait("Fault", "86")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Advance_ByTenAtOnce_FiresEachOccurrenceOnce(bool isCron)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        for (var n = 0; n < 30; n++)
        {
            await stage.AddAsync((isCron ? Trigger.Cron("* * * * *") : Trigger.Every(TimeSpan.FromMinutes(1))).WithId($"job-{n}"));
        }

        for (var round = 0; round < 3; round++)
        {
            stage.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => stage.AdvanceAsync()));
        }

        var leases = await stage.Consumer.ClaimAllAsync();
        leases.Should().HaveCount(90);
        leases.Select(static lease => lease.Delivery.Id).Should().OnlyHaveUniqueItems();
        leases.Should().OnlyContain(lease => lease.Delivery.Id.StartsWith("job-", StringComparison.Ordinal));
        (await stage.FindAsync("job-7")).FiringCount.Should().Be(3);
    }

    // Three days down, with an occurrence each hour.
    [Theory]
    [Trait("Fault", "79")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AfterThreeDaysDown_EachPolicyDoesWhatItSays(bool isCron)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var start = stage.Now;
        (string Id, Misfire Misfire)[] policies =
        [
            ("once", Misfire.FireOnce), ("skip", Misfire.Skip), ("all", Misfire.FireAll(1000)), ("five", Misfire.FireAll(5)),
        ];
        foreach (var (id, misfire) in policies)
        {
            await stage.AddAsync(
                (isCron ? Trigger.Cron("0 * * * *") : Trigger.Every(TimeSpan.FromHours(1))).OnMisfire(misfire).StartingAt(start.AddHours(1))
                    .WithId(id));
        }

        stage.Clock.Advance(TimeSpan.FromDays(3) + TimeSpan.FromMinutes(30));
        await stage.AdvanceAllAsync();

        var firings = (await stage.FiredAsync()).ToLookup(static firing => firing.TriggerId);
        firings["once"].Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { DueAt = start.AddHours(72), Missed = 71L, Sequence = 1L });
        firings["skip"].Should().BeEmpty();
        firings["all"].Select(static firing => firing.DueAt).Should().Equal(Enumerable.Range(1, 72).Select(n => start.AddHours(n)));
        firings["all"].Should().OnlyContain(firing => firing.Missed == 0);
        firings["five"].Select(static firing => firing.DueAt).Should().Equal(Enumerable.Range(68, 5).Select(n => start.AddHours(n)));
        firings["five"].Select(static firing => firing.Missed).Should().Equal(67, 0, 0, 0, 0);

        stage.Clock.Advance(TimeSpan.FromMinutes(30));
        await stage.AdvanceAllAsync();
        (await stage.FiredAsync()).Single(static firing => firing.TriggerId == "skip").Should()
            .BeEquivalentTo(new { DueAt = start.AddHours(73), Missed = 72L });
    }

    [Theory]
    [Trait("Fault", "74")]
    [Trait("Fault", "75")]
    [InlineData("30 2 * * *", "2030-03-30T00:00:00Z", new[] { "2030-03-30T01:30:00Z", "2030-03-31T01:00:00Z", "2030-04-01T00:30:00Z" })]
    [InlineData("30 2 * * *", "2030-10-26T00:00:00Z", new[] { "2030-10-26T00:30:00Z", "2030-10-27T00:30:00Z", "2030-10-28T01:30:00Z" })]
    [InlineData("30 * * * *", "2030-10-27T00:00:00Z", new[] { "2030-10-27T00:30:00Z", "2030-10-27T01:30:00Z", "2030-10-27T02:30:00Z" })]
    [InlineData("0 0 29 2 *", "2030-01-01T00:00:00Z", new[] { "2032-02-28T23:00:00Z", "2036-02-28T23:00:00Z", "2040-02-28T23:00:00Z" })]
    public async Task Cron_OverAChangeOfTheClocks_FiresOnceEach(string expression, string from, string[] due)
    {
        await using var stage = await RecurringStage.CreateAsync(redis, Time(from));
        var id = await stage.AddAsync(Trigger.Cron(expression, Berlin));

        for (var n = 0; n < 3; n++)
        {
            stage.MoveTo((await stage.FindAsync(id)).DueAt!.Value);
            await stage.AdvanceAsync();
        }

        (await stage.FiredAsync()).Select(static firing => firing.DueAt).Should().Equal(due.Select(Time));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TimesAndUntil_EndIt(bool isCron)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var when = isCron ? Trigger.Cron("* * * * *") : Trigger.Every(TimeSpan.FromMinutes(1));
        var twice = await stage.AddAsync(when.MaxFirings(2));
        var until = await stage.AddAsync(when.Until(stage.Now.AddMinutes(3)));

        for (var minute = 0; minute < 5; minute++)
        {
            stage.Clock.Advance(TimeSpan.FromMinutes(1));
            await stage.AdvanceAsync();
        }

        var firings = (await stage.FiredAsync()).ToLookup(static firing => firing.TriggerId);
        firings[twice].Select(static firing => firing.Sequence).Should().Equal(1, 2);
        firings[until].Should().HaveCount(3);
        (await stage.FindAsync(twice)).Status.Should().Be(TriggerStatus.Completed);
        (await stage.FindAsync(until)).Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    public async Task Until_BeforeTheFirstOccurrence_IsRefused()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);

        var add = () => stage.AddAsync(Trigger.Cron("0 9 * * *").Until(stage.Now.AddHours(1)));

        await add.Should().ThrowAsync<ArgumentException>().WithMessage("*never due*");
        (await stage.Host.Triggers.QueryAsync(new TriggerQuery()).ToListAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task StartingAt_AnchorsAnInterval_AlsoInThePast()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var past = await stage.AddAsync(Trigger.Every(TimeSpan.FromHours(1)).StartingAt(stage.Now.AddMinutes(-90)));
        var later = await stage.AddAsync(Trigger.Every(TimeSpan.FromHours(1)).StartingAt(stage.Now.AddDays(1)));

        (await stage.FindAsync(past)).DueAt.Should().Be(stage.Now.AddMinutes(30));
        (await stage.FindAsync(later)).DueAt.Should().Be(stage.Now.AddDays(1));
    }

    [Fact]
    public async Task Except_LeavesDatesOut_WithoutCountingThem()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromHours(12)).ExceptOn(new DateOnly(2030, 1, 2), new DateOnly(2030, 1, 3)));

        stage.Clock.Advance(TimeSpan.FromHours(12));
        await stage.AdvanceAsync();
        (await stage.FindAsync(id)).DueAt.Should().Be(stage.Now.AddHours(60));
        stage.Clock.Advance(TimeSpan.FromHours(60));
        await stage.AdvanceAsync();

        (await stage.FiredAsync()).Select(static firing => firing.Missed).Should().Equal(0, 0);
    }

    [Fact]
    public async Task ATriggerThatCannotBeRead_HoldsUpNoDelivery()
    {
        var handled = new TaskCompletionSource();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((_, _) =>
        {
            handled.TrySetResult();
            return default;
        }));
        var keys = host.Keyspace.Partitions[0].Keys;
        await redis.Database.StringSetAsync(keys.Trigger("bad"), "not a hash");
        await redis.Database.SortedSetAddAsync(keys.Triggers, "bad", 1);

        host.Start();
        await Wait.UntilAsync(
            () => host.Log.Texts.Any(
                static text => text.StartsWith("Trigger 'bad' does not fire", StringComparison.Ordinal)), "it is told");
        await host.Bus.PublishAsync(new Reminder(1));

        await Wait.ForAsync(handled.Task);
    }

    [Fact]
    public async Task History_HoldsTheLastTwenty()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var start = stage.Now;
        var id = await stage.AddAsync(Trigger.Every(TimeSpan.FromMinutes(1)).WithId("tick"));
        for (var n = 0; n < 25; n++)
        {
            stage.Clock.Advance(TimeSpan.FromMinutes(1));
            await stage.AdvanceAsync();
        }

        var history = await stage.Host.Triggers.HistoryAsync(id);

        history.Select(static firing => firing.DueAt).Should().Equal(Enumerable.Range(6, 20).Reverse().Select(n => start.AddMinutes(n)));
        history.Should().OnlyContain(firing => firing.Lateness == TimeSpan.Zero);
        history[0].EventId.Should().Be($"tick/@{start.AddMinutes(25).ToUnixTimeMilliseconds()}");
    }

    [Fact]
    public async Task Preview_ShowsWhatComes()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Cron("0 9 * * *", Berlin).MaxFirings(3).Jitter(TimeSpan.FromMinutes(10)));
        var found = await stage.FindAsync(id);

        var preview = found.Preview(10);

        preview.Should().HaveCount(3).And.StartWith(found.DueAt!.Value);
        preview.Select(static at => at.Offset).Should().AllBeEquivalentTo(TimeSpan.FromHours(1), "it is in the trigger's zone");
        preview.Should().OnlyContain(at => at.TimeOfDay == TimeSpan.FromHours(9) + found.Jitter);
    }

    [Fact]
    public async Task Query_FindsByKindAndDueRange()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        for (var n = 1; n <= 9; n++)
        {
            await stage.AddAsync(Trigger.Every(TimeSpan.FromMinutes(n)).WithId($"every-{n}"));
        }

        await stage.AddAsync(Trigger.Cron("*/3 * * * *").WithId("cron"));
        var query = new TriggerQuery { Status = TriggerStatus.Active, DueFrom = stage.Now.AddMinutes(3),
            DueBefore = stage.Now.AddMinutes(6) };

        (await stage.Host.Triggers.QueryAsync(query).ToListAsync()).Select(static found => found.Id).Should()
            .BeEquivalentTo("cron", "every-3", "every-4", "every-5");
        (await stage.Host.Triggers.QueryAsync(new TriggerQuery { Kind = TriggerKind.Cron }).ToListAsync()).Should()
            .ContainSingle().Which.Id.Should().Be("cron");
    }

    [Fact]
    [Trait("Fault", "78")]
    public async Task AZoneThatThisMachineDoesNotKnow_HoldsUpNoOtherTrigger()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var lost = await stage.AddAsync(Trigger.Cron("* * * * *", Berlin));
        await stage.AddAsync(Trigger.Cron("* * * * *"));
        await redis.Database.HashSetAsync($"{{{stage.Host.Prefix}:0}}:trigger:{lost}", "zone", "Mars/Olympus");

        stage.Clock.Advance(TimeSpan.FromMinutes(1));
        var next = await stage.Consumer.AdvanceAsync();

        (await stage.FiredAsync()).Should().ContainSingle();
        (await stage.FindAsync(lost)).Error.Should().Contain("Mars/Olympus");
        next.Should().Be(stage.Now.AddMinutes(1).ToUnixTimeMilliseconds(), "it is tried again in a minute");
        await redis.Database.HashSetAsync($"{{{stage.Host.Prefix}:0}}:trigger:{lost}", "zone", "Europe/Berlin");
        stage.Clock.Advance(TimeSpan.FromMinutes(1));
        await stage.AdvanceAsync();
        (await stage.FindAsync(lost)).Error.Should().BeNull();
    }

    // The first due time of a recurring trigger follows the clock of Redis.
    [Theory]
    [Trait("Fault", "70")]
    [InlineData(-3_600_000)]
    [InlineData(3_600_000)]
    public async Task Add_FromAHostWhoseClockIsOff_ComputesByTheClockOfRedis(long off)
    {
        await using var host = TestHost.Create(redis);
        var (events, types) = (host.Services.GetRequiredService<OutgoingEvents>(), host.Services.GetRequiredService<EventTypes>());
        var home = host.Keyspace.Partitions[0];
        var definition = Trigger.Cron("* * * * * *").Publish(new Reminder(1)).WithId("tick").Definition;

        var add = TriggerArguments.From(
            definition, host.Keyspace.HostMs + off, events, types, host.Services.GetRequiredService<IEventSerializer>());
        var reply = await host.Keyspace.Operations.RunAsync(
            new AddTriggerRequest { Partition = home, Trigger = add, Conflict = ConflictRule.Throw });

        reply.Outcome.Should().Be(AddOutcome.ClockIsOff);
        Math.Abs(reply.NowMs - host.Keyspace.HostMs).Should().BeLessThan(60_000);
        (await host.Triggers.FindAsync("tick")).Should().BeNull();
    }

    // In the loop, by the server's clock, beside one another. However busy the machine is: what comes late is caught up on.
    [Fact]
    public async Task InTheLoop_EachSecondFires()
    {
        var fired = new System.Collections.Concurrent.ConcurrentQueue<Firing>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((context, _) =>
        {
            fired.Enqueue(context.Firing!);
            return default;
        })).Start();

        var cron = await host.Triggers.AddAsync(
            Trigger.Cron("* * * * * *").MaxFirings(3).OnMisfire(Misfire.FireAll()).Publish(new Reminder(1)));
        var every = await host.Triggers.AddAsync(
            Trigger.Every(TimeSpan.FromSeconds(1)).MaxFirings(3).OnMisfire(Misfire.FireAll()).Publish(new Reminder(2)));
        await Wait.UntilAsync(() => fired.Count == 6, "both fire three times");

        foreach (var id in (string[])[cron, every])
        {
            var firings = fired.Where(firing => firing.TriggerId == id).OrderBy(static firing => firing.Sequence).ToArray();
            firings.Select(static firing => firing.DueAt).Should()
                .Equal(Enumerable.Range(0, 3).Select(n => firings[0].DueAt.AddSeconds(n)));
            firings.Should().OnlyContain(firing => firing.FiredAt >= firing.DueAt && firing.Missed == 0);
        }
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
