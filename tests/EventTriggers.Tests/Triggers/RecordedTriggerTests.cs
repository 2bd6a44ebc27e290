namespace EventTriggers.Tests.Triggers;

/// <summary><see cref="Trigger.From"/>: what it makes again is compared with the trigger that it was made from.</summary>
public sealed class RecordedTriggerTests(RedisFixture redis)
{
    private static readonly DateTimeOffset Later = new(2035, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static IEnumerable<Trigger> All =>
    [
        Trigger.At(Later).Publish(new Reminder(1), new PublishOptions { Delay = TimeSpan.FromSeconds(1), CorrelationId = "c" })
            .Tagged("a", "b"),
        Trigger.Every(TimeSpan.FromMinutes(7)).StartingAt(Later).Jitter(TimeSpan.FromMinutes(3)).Publish(new Reminder(2))
            .OnMisfire(Misfire.FireAll(3)).Until(Later.AddYears(1)).MaxFirings(9).ExceptOn(new DateOnly(2035, 12, 24)),
        Trigger.Cron("0 3 * * 1-5", "Europe/Berlin").Jitter(TimeSpan.FromMinutes(30)).Publish(new Reminder(3)).OnMisfire(Misfire.Skip)
            .SkipWhileRunning(),
        Trigger.On<OrderPlaced>().Where(static order => order.Number > 4).StartingAt(Later).Publish(new Reminder(4)),
        Trigger.On<OrderPlaced>().Per(static order => order.Country).Count(3).Within(TimeSpan.FromMinutes(1))
            .AtMost(2, TimeSpan.FromHours(1)).DistinctBy(static order => order.Number, TimeSpan.FromDays(1)).Publish(new EventTemplate("t", """{"n":"$.number"}""")),
        Trigger.On<OrderPlaced>().Per(static order => order.Number)
            .FollowedBy<Reminder>(static next => next.Where(static one => one.Number > 0).Per(static one => one.Number))
            .Within(TimeSpan.FromMinutes(5)).Publish(new Reminder(5)),
        Trigger.On("order.placed").NotFollowedBy("paid").Within(TimeSpan.FromMinutes(5)).Publish(new Reminder(6)),
        Trigger.On("order.placed").Debounce(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(10)).Publish(new Reminder(7))
            .CancelOn<OrderPlaced>(static order => order.Number == 1),
    ];

    [Fact]
    public async Task From_MakesEveryKindOfTriggerAgain_WithOldNamesAndJitter()
    {
        await using var source = TestHost.Create(
            redis,
            static bus => bus.AddEvent<OrderPlaced>("order.placed", ["order.old", "order.older"])
                .AddEvent<Reminder>("order.reminder", ["reminder.old"]));
        await using var target = TestHost.Create(redis);
        var number = 0;
        foreach (var trigger in All)
        {
            var before = (await source.Triggers.FindAsync(await source.Triggers.AddAsync(trigger.WithId($"t{number++}"))))!;
            await target.Triggers.AddAsync(Trigger.From(before));
            var after = await target.Triggers.FindAsync(before.Id);

            after.Should().BeEquivalentTo(
                before, static options => options.Excluding(static one => one.AddedAt).Excluding(static one => one.Payload), before.Id);
            after!.Payload.ToArray().Should().Equal(before.Payload.ToArray());
            if (before.Interval is not null || before.Cron is not null)
            {
                after.Preview(5).Should().Equal(before.Preview(5), "it is due at the same moments");
            }
        }

        number.Should().Be(8);
    }

    [Fact]
    public async Task From_ATriggerWithoutJitter_IsTheSameDefinition()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(Trigger.Every(TimeSpan.FromHours(1)).StartingAt(Later).Publish(new Reminder(1)).WithId("every"));
        var record = (await host.Triggers.FindAsync("every"))!;

        (await host.Triggers.AddAsync(Trigger.From(record))).Should().Be("every", "nothing conflicts");
    }

    [Fact]
    public async Task From_AFieldWhoseNameHasADot_KeepsIt()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(
            Trigger.On("a").Per("x").Count(2).Within(TimeSpan.FromMinutes(1)).Publish(new Reminder(1)).WithId("t"));
        var record = With((await host.Triggers.FindAsync("t"))!, "/a.b/c~1d");

        await host.Triggers.AddAsync(Trigger.From(record).IfExists(OnConflict.Replace));
        (await host.Triggers.FindAsync("t"))!.OverTime!.Per.Should().Be("/a.b/c~1d");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("/a//b")]
    public async Task From_AFieldThatIsNoPointer_IsRefused(string per)
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(
            Trigger.On("a").Per("x").Count(2).Within(TimeSpan.FromMinutes(1)).Publish(new Reminder(1)).WithId("t"));
        var record = With((await host.Triggers.FindAsync("t"))!, per);

        FluentActions.Invoking(() => Trigger.From(record)).Should().Throw<ArgumentException>()
            .WithMessage("A field must be a JSON pointer*");
    }

    [Fact]
    public void From_ARecordThatIsUnreadable_IsRefused() =>
        FluentActions.Invoking(static () => Trigger.From(new TriggerRecord
        {
            Id = "t",
            Kind = TriggerKind.At,
            Status = TriggerStatus.Active,
            EventType = "x",
            Payload = "1"u8.ToArray(),
            AddedAt = default,
            FiringCount = 0,
            Tags = [],
            Unreadable = "Its key holds something else than a hash.",
        })).Should().Throw<ArgumentException>().WithMessage("Trigger 't' cannot be read. Its key holds something else than a hash.*");

    [Fact]
    public void From_Null_IsRefused() => FluentActions.Invoking(static () => Trigger.From(null!)).Should().Throw<ArgumentNullException>();

    private static TriggerRecord With(TriggerRecord record, string per) => new()
    {
        Id = record.Id,
        Kind = record.Kind,
        Status = record.Status,
        EventType = record.EventType,
        Payload = record.Payload,
        SourceType = record.SourceType,
        OverTime = new OverTimeRecord { Kind = OverTimeKind.Count, Count = 2, Span = TimeSpan.FromMinutes(1), Per = per },
        AddedAt = record.AddedAt,
        FiringCount = record.FiringCount,
        Tags = record.Tags,
    };
}
