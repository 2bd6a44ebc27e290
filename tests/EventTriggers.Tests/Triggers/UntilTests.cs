using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Tests.Triggers;

/// <summary>A trigger that ends before it could fire is refused when it is added; one that is stored already stays as it is.</summary>
public sealed class UntilTests(RedisFixture redis)
{
    [Fact]
    public async Task Add_OfATriggerThatIsOver_IsRefused()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var (now, millisecond) = (stage.Now, TimeSpan.FromMilliseconds(1));
        TriggerRule<TriggerWhen>[] times =
        [
            Trigger.At(now.AddHours(-2)).Until(now.AddHours(-1)), Trigger.At(default).Until(now - millisecond), Trigger.At(now)
                .Until(now - millisecond),
            Trigger.At(now.AddMinutes(1)).Until(now.AddMinutes(1) - millisecond), Trigger.After(TimeSpan.FromMinutes(1))
                .Until(now.AddMinutes(1) - millisecond),
            Trigger.After(TimeSpan.Zero).Until(now - millisecond), Trigger.At(now).Until(DateTimeOffset.MinValue),
            Trigger.Cron("* * * * *").Until(now), Trigger.Every(TimeSpan.FromMinutes(1)).StartingAt(now.AddDays(1)).Until(now.AddHours(1)),
        ];
        Trigger[] triggers =
        [
            .. times.Cast<TriggerWhen>().Select(static when => when.Publish(new Reminder(1))),
            Trigger.On<OrderPlaced>().Until(now - millisecond).Publish(new Reminder(1)),
            Trigger.On<OrderPlaced>().StartingAt(now.AddDays(2)).Until(now.AddDays(1)).Publish(new Reminder(1)),
            Trigger.On<OrderPlaced>().Count(2).Within(TimeSpan.FromMinutes(1)).Until(now.AddDays(-1)).Publish(new Reminder(1)),
        ];

        foreach (var trigger in triggers)
        {
            var add = async () => await stage.Host.Triggers.AddAsync(trigger);
            await add.Should().ThrowAsync<ArgumentException>().WithMessage("*never*");
        }

        (await stage.Host.Triggers.QueryAsync(new TriggerQuery()).ToListAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Add_OfATriggerThatIsOver_SaysWhyAndWhen()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);

        var past = () => stage.AddAsync(Trigger.At(stage.Now).Until(stage.Now.AddMilliseconds(-1)));
        var before = () => stage.AddAsync(Trigger.After(TimeSpan.FromHours(2)).Until(stage.Now.AddHours(1)));
        var upsideDown = async () => await stage.Host.Triggers.AddAsync(
            Trigger.On<OrderPlaced>().StartingAt(stage.Now.AddHours(2)).Until(stage.Now.AddHours(1)).Publish(new Reminder(1)));

        await past.Should().ThrowAsync<ArgumentException>()
            .WithMessage("*Until is 2029-12-31T23:59:59.9990000+00:00, but it is due at 2030-01-01T00:00:00.0000000+00:00*");
        await before.Should().ThrowAsync<ArgumentException>().WithMessage("*Until is 2030-01-01T01*due at 2030-01-01T02*");
        await upsideDown.Should().ThrowAsync<ArgumentException>().WithMessage("*begins at 2030-01-01T02*Until is 2030-01-01T01*");
    }

    // The last moment is included, to the millisecond.
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task Add_OfATriggerThatEndsAtItsMoment_Fires(long ticks)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var due = stage.Now.AddMinutes(1).AddTicks(ticks);

        await stage.AddAsync(Trigger.At(due).Until(due));
        await stage.AddAsync(Trigger.Every(TimeSpan.FromMinutes(1)).StartingAt(due).Until(due));
        await stage.AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).Until(stage.Now.AddMinutes(1)));
        stage.Clock.Advance(TimeSpan.FromSeconds(61));
        await stage.AdvanceAllAsync();

        (await stage.FiredAsync()).Should().HaveCount(3);
    }

    // Also when it was added again after its end, or by an update to what it is already.
    [Fact]
    public async Task Add_AgainAfterItsEnd_LeavesItAsItIs()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var trigger = Trigger.On<OrderPlaced>().Until(stage.Now.AddMinutes(1)).Publish(new Reminder(1)).WithId("early-bird");
        await stage.Host.Triggers.AddAsync(trigger);

        stage.Clock.Advance(TimeSpan.FromMinutes(2));
        await stage.Host.Triggers.AddAsync(trigger);
        await stage.AdvanceAsync();
        await stage.Host.Triggers.AddAsync(trigger);

        (await stage.FindAsync("early-bird")).Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    public async Task Update_ToWhatIsOver_IsRefusedAndChangesNothing()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.At(stage.Now.AddHours(1)));

        var update = async () => await stage.Host.Triggers.UpdateAsync(
            id, Trigger.At(stage.Now.AddHours(1)).Until(stage.Now).Publish(new Reminder(2)));

        await update.Should().ThrowAsync<ArgumentException>().WithMessage("*never fires*");
        (await stage.FindAsync(id)).Until.Should().BeNull();
    }

    // The clock that decides is not the host's.
    [Theory]
    [Trait("Fault", "70")]
    [InlineData(-86_400_000)]
    [InlineData(86_400_000)]
    public async Task Add_FromAHostWhoseClockIsOff_IsDecidedByTheClockOfRedis(long off)
    {
        await using var host = TestHost.Create(redis);
        var (events, types) = (host.Services.GetRequiredService<OutgoingEvents>(), host.Services.GetRequiredService<EventTypes>());
        var home = host.Keyspace.Partitions[0];
        var outcomes = new List<AddOutcome>();
        foreach (var until in (long[])[-60_000, 60_000])
        {
            var definition = Trigger.On<OrderPlaced>().Until(UnixTime.ToDateTimeOffset(host.Keyspace.HostMs + until))
                .Publish(new Reminder(1)).WithId(until < 0 ? "past" : "coming").Definition;
            var add = TriggerArguments.From(
                definition, host.Keyspace.HostMs + off, events, types, host.Services.GetRequiredService<IEventSerializer>());
            outcomes.Add(
                (await host.Keyspace.Operations.RunAsync(
                    new AddTriggerRequest { Partition = home, Trigger = add, Conflict = ConflictRule.Throw })).Outcome);
        }

        outcomes.Should().Equal(AddOutcome.IsOver, AddOutcome.Stored);
    }
}
