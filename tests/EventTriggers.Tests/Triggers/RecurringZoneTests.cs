using System.Globalization;
using EventTriggers.Triggers;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Cron expressions over changes of the clocks, on a server, in fake time, with and without something that runs: what fires is what was
/// shown before.
/// </summary>
public sealed class RecurringZoneTests(RedisFixture redis)
{
    // After each of the first occurrences everything stands still until just before the next: that is what fires.
    [Theory]
    [Trait("Fault", "74")]
    [Trait("Fault", "75")]
    [Trait("Fault", "79")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2030-03-29T12:00")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2030-10-25T12:00")]
    [InlineData("30 * * * *", "Europe/Berlin", "2030-10-26T22:10")]
    [InlineData("30 1 * * *", "Europe/Dublin", "2030-03-29T12:00")]
    [InlineData("*/15 * * * *", "Europe/Dublin", "2030-10-27T00:20")]
    [InlineData("30 1 * * *", "Europe/Dublin", "2030-10-25T12:00")]
    [InlineData("0 0 * * *", "Africa/Cairo", "2030-04-24T12:00")]
    [InlineData("30 0 * * *", "America/Santiago", "2030-09-06T12:00")]
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2030-10-04T12:00")]
    [InlineData("*/30 * * * *", "Africa/Casablanca", "2030-02-10T00:40")]
    public async Task AfterDowntime_WhatFiresIsWhatPreviewShows(string expression, string zone, string from)
    {
        await using var stage = await RecurringStage.CreateAsync(redis, Time(from));
        var id = await stage.AddAsync(Trigger.Cron(expression, zone).WithId("job"));
        var shown = (await stage.FindAsync(id)).Preview(8);

        foreach (var (due, next) in shown.Zip(shown.Skip(1)))
        {
            stage.MoveTo(next.AddMilliseconds(-1));
            await stage.AdvanceAsync();
            var fired = await stage.Consumer.ClaimOneAsync();
            (fired.Delivery.Id, FiringJson.Read(fired.Delivery.Firing, fired.Delivery.Sources)!.DueAt).Should()
                .Be(($"job/@{due.ToUnixTimeMilliseconds()}", due));
        }

        shown.Should().Equal(Trigger.Cron(expression, zone).Preview(8, Time(from)));
    }

    // Down over the gap, by more than a minute.
    [Theory]
    [Trait("Fault", "75")]
    [Trait("Fault", "79")]
    [InlineData("once", "2030-03-31T01:00")]
    [InlineData("skip", null)]
    [InlineData("all:100", "2030-03-30T01:30 2030-03-31T01:00")]
    public async Task AfterDowntimeOverTheGap_EachPolicyFiresAtTheEndOfIt(string policy, string? due)
    {
        await using var stage = await RecurringStage.CreateAsync(redis, Time("2030-03-29T12:00"));
        var id = await stage.AddAsync(Trigger.Cron("30 2 * * *", "Europe/Berlin").OnMisfire(Misfire.Parse(policy)));

        stage.MoveTo(Time("2030-03-31T09:00"));
        await stage.AdvanceAllAsync();

        (await stage.FiredAsync()).Select(static firing => firing.DueAt).Should().Equal((due?.Split(' ') ?? []).Select(Time));
        (await stage.FindAsync(id)).DueAt.Should().Be(Time("2030-04-01T00:30"));
    }

    // The last occurrence of the date that is left out is in the gap of the next one's midnight, or was an hour before it.
    [Theory]
    [InlineData("30 2 * * *", "Europe/Berlin", "2030-03-29T12:00", "2030-03-31", "2030-03-30T01:30")]
    [InlineData("0 0 * * *", "Africa/Cairo", "2030-04-24T12:00", "2030-04-26", "2030-04-24T22:00")]
    [InlineData("30 23 * * *", "America/Santiago", "2030-04-05T12:00", "2030-04-06", "2030-04-06T02:30")]
    public async Task AfterDowntimeOverADateLeftOut_NothingFiresForIt(
        string expression, string zone, string from, string except, string due)
    {
        await using var stage = await RecurringStage.CreateAsync(redis, Time(from));
        await stage.AddAsync(Trigger.Cron(expression, zone).ExceptOn(DateOnly.Parse(except, CultureInfo.InvariantCulture)));

        stage.Clock.Advance(TimeSpan.FromHours(46));
        await stage.AdvanceAllAsync();

        (await stage.FiredAsync()).Should().ContainSingle().Which.Should().BeEquivalentTo(new { DueAt = Time(due), Missed = 0L });
    }

    // Adding says what previewing said, and so does the first firing.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StartingAtTheMomentOfAdding_IsDueThen_AsPreviewShows(bool isCron)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var when = (isCron ? Trigger.Cron("0 * * * *") : Trigger.Every(TimeSpan.FromHours(1))).StartingAt(stage.Now).WithId("job")
            .Jitter(TimeSpan.FromMinutes(1));
        var shown = when.Preview(3, stage.Now);

        var id = await stage.AddAsync(when);

        (await stage.FindAsync(id)).Preview(3).Should().Equal(shown);
        (shown[0] - stage.Now).Should().BeLessThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Preview_OfAnOccurrenceMovedBeyondItsEnd_IsEmpty()
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var id = await stage.AddAsync(Trigger.Cron("* * * * *").Until(stage.Now.AddMinutes(5)));

        await stage.Host.Triggers.RescheduleAsync(id, stage.Now.AddMinutes(6));

        (await stage.FindAsync(id)).Preview(3).Should().BeEmpty();
    }

    // What somebody has written into a hash holds up no other trigger, and ends no process.
    [Theory]
    [InlineData("every", "-60000")]
    [InlineData("start", "-9223372036854775808")]
    [InlineData("cron", "\u001b[31m* * * * *")]
    [InlineData("misfire", "all:\u001b[31m")]
    [InlineData("except", "2030-13-45")]
    [InlineData("jitter", "-1")]
    public async Task AScheduleThatSomebodyHasWrittenInto_IsToldAndHoldsUpNoOther(string field, string value)
    {
        await using var stage = await RecurringStage.CreateAsync(redis);
        var lost = await stage.AddAsync(field is "every" or "start" ? Trigger.Every(TimeSpan.FromMinutes(1)) : Trigger.Cron("* * * * *"));
        await stage.AddAsync(Trigger.Cron("* * * * *"));
        await redis.Database.HashSetAsync($"{{{stage.Host.Prefix}:0}}:trigger:{lost}", field, value);

        stage.Clock.Advance(TimeSpan.FromMinutes(3));
        await stage.Consumer.AdvanceAsync();

        (await stage.FiredAsync()).Should().ContainSingle();
        (await redis.Database.HashGetAsync($"{{{stage.Host.Prefix}:0}}:trigger:{lost}", "error")).ToString().Should()
            .NotBeEmpty().And.NotContain("\u001b");
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse($"{text}Z", CultureInfo.InvariantCulture);
}
