using CsCheck;
using EventTriggers.Events;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers.Tests.Triggers;

/// <summary>When recurring triggers are due: no clock, no server.</summary>
public sealed class ScheduleTests
{
    private static readonly string[] Zones =
    [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Cairo",
        "Pacific/Auckland", "UTC",
    ];

    // The days around each change of the clocks.
    [Fact]
    [Trait("Fault", "74")]
    [Trait("Fault", "75")]
    public void Cron_IsDueWhenAMinuteByMinuteReadingSaysSo()
    {
        var changes = Zones.Select(TimeZoneInfo.FindSystemTimeZoneById)
            .SelectMany(
                static zone => WallClock.ChangesOf(zone, At(2025, 1, 1), At(2026, 1, 1))
                    .Select(change => (Zone: zone, From: change.AddDays(-1), To: change.AddDays(2))))
                .ToArray();
        changes.Length.Should().BeGreaterThanOrEqualTo(10);
        var clocks = changes.Select(static change => WallClock.Of(change.Zone, change.From, change.To)).ToArray();
        Expressions.Sample(
            expression =>
            {
                var table = new CronTable(expression);
                foreach (var ((zone, from, to), clock) in changes.Zip(clocks))
                {
                    var expected = table.Among(clock).ToArray();
                    var found = Enumerate(Of(expression, zone), from.AddMilliseconds(-1), to).ToArray();
                    if (!found.SequenceEqual(expected))
                    {
                        found.Should().Equal(expected, $"of {expression} in {zone.Id}");
                    }
                }
            }, iter: 300, threads: 1);
    }

    // There Cronos goes back by an hour for ever, because .NET knows the change as one of the zone's base.
    [Fact]
    [Trait("Fault", "74")]
    public void Cron_WhereAZoneChangesItsBase_GoesOn()
    {
        var found = Enumerate(
            Of("*/15 * * * *", TimeZoneInfo.FindSystemTimeZoneById("Africa/Casablanca")), At(2025, 4, 6, 1), At(2025, 4, 6, 3));

        found.Select(static at => (at - At(2025, 4, 6)).TotalMinutes).Should().Equal(75, 90, 105, 120, 135, 150, 165);
    }

    [Fact]
    [Trait("Fault", "76")]
    public void Cron_IsDueWhenCronosSays_OverYears() => Expressions.Sample(
        expression =>
        {
            var cronos = Cronos.CronExpression.Parse(expression);
            foreach (var zone in Zones.Select(TimeZoneInfo.FindSystemTimeZoneById))
            {
                var (from, to) = (At(2007, 1, 1), At(2012, 1, 1));
                var expected = cronos.GetOccurrences(from, to, zone).Take(300).Distinct().ToArray();
                var found = Enumerate(Of(expression, zone), from.AddMilliseconds(-1), to).Take(expected.Length).ToArray();

                if (!found.SequenceEqual(expected) || !found.Zip(found.Skip(1)).All(static pair => pair.First < pair.Second))
                {
                    found.Should().Equal(expected, $"of {expression} in {zone.Id}").And.BeInAscendingOrder().And.OnlyHaveUniqueItems();
                }
            }
        }, iter: 300, threads: 1);

    [Fact]
    public void LastAndCount_AgreeWithNext() =>
        Gen.Select(
            Expressions, Gen.Int[0, Zones.Length - 1]
                .Select(static zone => Zones[zone]), Gen.Int[0, 40], Gen.Int[0, 9000], Gen.Int[0, 90_000])
            .Sample(
        (expression, id, excepted, minutes, jitter) =>
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
            var (from, to) = (At(2025, 3, 10), At(2025, 3, 10).AddMinutes(minutes));
            var schedule = Of(
                expression, zone, [
                    .. Enumerable.Range(0, excepted).Select(static day => new DateOnly(2025, 3, 12).AddDays(2 * day)),
                ], jitter);
            var all = Enumerate(schedule, from, to).ToArray();

            schedule.Count(Ms(from), Ms(to)).Should().Be(all.Length);
            if (all.Length > 0)
            {
                schedule.Last(Ms(to)).Should().Be(Ms(all[^1]));
            }
        }, iter: 300, threads: 1);

    [Fact]
    public void AnInterval_IsAnchored() => Gen.Select(Gen.Long[0, 1L << 42], Gen.Long[1000, 1L << 35], Gen.Long[0, 1L << 42]).Sample(
        (start, every, after) =>
        {
            var schedule = new Schedule(new IntervalRecurrence(start, every), TimeZoneInfo.Utc);

            var next = schedule.Next(after)!.Value;

            ((next - start) % every).Should().Be(0);
            next.Should().BeGreaterThan(after).And.BeLessThanOrEqualTo(Math.Max(start, after + every));
            schedule.Last(next).Should().Be(next);
            schedule.Count(next - 1, next + (5 * every)).Should().Be(6);
        }, iter: 2000);

    [Fact]
    public void Except_LeavesWholeDatesOut()
    {
        var schedule = Of("30 */6 * * *", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), [new(2025, 12, 25), new(2025, 12, 26)]);

        Enumerate(schedule, At(2025, 12, 24, 16), At(2025, 12, 27)).Should()
            .Equal(At(2025, 12, 24, 17).AddMinutes(30), At(2025, 12, 26, 23).AddMinutes(30));
    }

    // Where the clocks go forward at midnight there is a date without its first hour.
    [Fact]
    public void Except_OfADateWithoutMidnight_LeavesItOut()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/Havana");
        var schedule = Of("0 * * * *", zone, [new(2025, 3, 9)]);

        Enumerate(schedule, At(2025, 3, 8), At(2025, 3, 11))
            .Select(at => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime)).Distinct()
            .Should().Equal(new DateOnly(2025, 3, 7), new DateOnly(2025, 3, 8), new DateOnly(2025, 3, 10));
    }

    // In St. John's of 2010 the clocks went back at one minute past midnight, into the date before: that is not left out with the date that
    // had begun.
    [Fact]
    public void Except_OfADateThatIsInterrupted_LeavesTheDateBeforeIn()
    {
        var schedule = Of("*/30 * * * *", TimeZoneInfo.FindSystemTimeZoneById("America/St_Johns"), [new(2010, 11, 7)]);

        Enumerate(schedule, At(2010, 11, 7, 1), At(2010, 11, 8)).Select(static at => at.TimeOfDay.TotalMinutes).Should()
            .Equal([90, 120, 180], "23:00, 23:30, and 23:30 again");
    }

    [Fact]
    public void Last_OfAScheduleThatBegins_IsItsStartAndNothingBefore()
    {
        var utc = TimeZoneInfo.Utc;
        var schedule = new Schedule(new CronRecurrence(ParsedCron.Parse("0 * * * *"), utc), utc) { From = Ms(At(2025, 1, 1, 9)) };

        schedule.Last(Ms(At(2025, 1, 1, 9))).Should().Be(Ms(At(2025, 1, 1, 9)));
        schedule.Last(Ms(At(2025, 1, 1, 9).AddMinutes(59))).Should().Be(Ms(At(2025, 1, 1, 9)));
        schedule.Last(Ms(At(2025, 1, 1, 9)) - 1).Should().BeNull();
    }

    // What is due on a date is decided by when it is due, not by when it would be without its jitter.
    [Fact]
    public void Except_WithJitter_IsOfTheMomentAtWhichItIsDue()
    {
        var schedule = Of("58 23 * * *", TimeZoneInfo.Utc, [new(2025, 12, 25)], jitter: 300_000);

        Enumerate(schedule, At(2025, 12, 23), At(2025, 12, 28)).Should().Equal(
            At(2025, 12, 23).AddMinutes(3), At(2025, 12, 24).AddMinutes(3), At(2025, 12, 26).AddMinutes(3), At(2025, 12, 27).AddMinutes(3));
    }

    [Fact]
    public void Jitter_NeverMovesOntoADateThatIsLeftOut() => Gen.Select(Gen.Int[0, 999], Gen.Int[0, 59], Gen.Bool).Sample(
        (job, minute, isCron) =>
        {
            var when = isCron ? Trigger.Cron($"{minute} */3 * * *", "Europe/Berlin") : Trigger.Every(TimeSpan.FromMinutes(61 + minute));
            var due = when.WithId($"job-{job}").Jitter(TimeSpan.FromDays(1)).ExceptOn(new DateOnly(2025, 3, 31))
                .Preview(150, At(2025, 3, 28));

            due.Should().NotContain(static at => at.Year == 2025 && at.Month == 3 && at.Day == 31);
            due.Should().Contain(static at => at.Day == 30).And.Contain(static at => at.Month == 4);
        }, iter: 200);

    // A second as the interval, for three days: beyond the most that is counted, with and without dates that are left out.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(400)]
    public void Count_OfADenseExpression_IsWhatIsCountedAtMost_AndLooksAtNoMore(int excepted)
    {
        var looks = new CountingRecurrence(new CronRecurrence(ParsedCron.Parse("* * * * * *"), TimeZoneInfo.Utc));
        DateOnly[] except = [.. Enumerable.Range(0, excepted).Select(new DateOnly(2025, 1, 2).AddDays)];
        var schedule = new Schedule(looks, TimeZoneInfo.Utc) { Except = except.ToHashSet() };

        schedule.Count(Ms(At(2025, 1, 1, 23)), Ms(At(2027, 1, 1))).Should().Be(10_000);
        looks.Count.Should().BeLessThan(10_500);
        looks.Count = 0;
        schedule.Last(Ms(At(2027, 1, 1))).Should().Be(Ms(At(2027, 1, 1)));
        looks.Count.Should().BeLessThan(50);
    }

    // After the last of some hundred dates that are left out, and long before.
    [Fact]
    public void Last_BehindManyDatesThatAreLeftOut_IsTheOneBeforeThem()
    {
        DateOnly[] except = [.. Enumerable.Range(0, 400).Select(new DateOnly(2025, 1, 2).AddDays)];

        Of("30 12 * * *", TimeZoneInfo.Utc, except).Last(Ms(At(2026, 2, 5))).Should().Be(Ms(At(2025, 1, 1, 12).AddMinutes(30)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Preview_OfATriggerThatStartsAtThatMoment_HasIt(bool isCron)
    {
        var when = (isCron ? Trigger.Cron("0 * * * *") : Trigger.Every(TimeSpan.FromHours(1))).StartingAt(At(2025, 1, 1, 9));

        when.Preview(2, At(2025, 1, 1, 9)).Should().Equal(At(2025, 1, 1, 9), At(2025, 1, 1, 10));
        when.Preview(2, At(2025, 1, 1, 9).AddMilliseconds(1)).Should().Equal(At(2025, 1, 1, 10), At(2025, 1, 1, 11));
        when.Preview(2, At(2025, 1, 1, 3)).Should().Equal(At(2025, 1, 1, 9), At(2025, 1, 1, 10));
    }

    [Fact]
    [Trait("Fault", "81")]
    public void AnInterval_EndsWithTheYear9999()
    {
        var schedule = new Schedule(new IntervalRecurrence(0, 86_400_000), TimeZoneInfo.Utc);

        schedule.Next(Ms(new DateTimeOffset(9999, 12, 30, 12, 0, 0, TimeSpan.Zero))).Should()
            .Be(Ms(new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero)));
        schedule.Next(Ms(new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero))).Should().BeNull();
        Of("@daily", TimeZoneInfo.Utc).Next(Ms(DateTimeOffset.MaxValue)).Should().BeNull();
        Of("* * * * * *", TimeZoneInfo.FindSystemTimeZoneById("Pacific/Kiritimati"))
            .Next(Ms(new DateTimeOffset(9999, 12, 30, 0, 0, 0, TimeSpan.Zero))).Should().BeNull();
        Of("0 12 31 12 *", TimeZoneInfo.FindSystemTimeZoneById("America/New_York")).Next(Ms(At(9999, 1, 1))).Should().BeNull();
        Of("* * * * * *", TimeZoneInfo.FindSystemTimeZoneById("America/New_York")).Last(Ms(DateTimeOffset.MaxValue)).Should()
            .Be(Ms(new DateTimeOffset(9999, 12, 30, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    [Trait("Fault", "76")]
    public void February29_IsDueInLeapYearsOnly() =>
        Enumerate(Of("0 0 29 2 *", TimeZoneInfo.Utc), At(2025, 1, 1), At(2037, 1, 1)).Should()
            .Equal(At(2028, 2, 29), At(2032, 2, 29), At(2036, 2, 29));

    // What somebody has written into a hash is refused by name, and never counted with.
    [Fact]
    public void Compile_OfAScheduleThatNobodyCouldMake_IsRefused()
    {
        var every = new ScheduleDefinition { Every = 60_000, Start = 0 };
        ScheduleDefinition[] bad =
        [
            every with { Every = 0 }, every with { Every = -60_000 }, every with { Every = long.MaxValue },
            every with { Start = long.MinValue }, every with { Start = long.MaxValue },
            new() { Cron = "@daily", Start = long.MinValue }, new() { Cron = "@daily", Jitter = -1 },
            new() { Cron = "@daily", Jitter = long.MaxValue },
        ];

        foreach (var schedule in bad)
        {
            schedule.Invoking(static one => one.Compile()).Should().Throw<FormatException>()
                .WithMessage("The hash holds*must be between*");
        }
    }

    [Theory]
    [InlineData("all:0")]
    [InlineData("all:1001")]
    [InlineData("all:-5")]
    [InlineData("all:\u001b[31m")]
    [InlineData("later")]
    public void Parse_OfAnUnknownPolicy_IsRefused(string word)
    {
        var parse = () => Misfire.Parse(word);

        parse.Should().Throw<InvalidOperationException>().WithMessage("*unknown misfire policy*").Which.Message.Should()
            .NotContain("\u001b");
    }

    [Fact]
    public void ParseExcept_OfWhatIsNoDate_IsRefusedInShort()
    {
        var parse = () => ScheduleDefinition.ParseExcept("2025-01-01,\u001b" + new string('x', 300_000));

        parse.Should().Throw<FormatException>().WithMessage("*'\\u001bxxx*among its dates*").Which.Message.Length.Should().BeLessThan(200);
    }

    [Theory]
    [Trait("Fault", "82")]
    [InlineData(0.0)]
    [InlineData(0.999)]
    [InlineData(-5.0)]
    [InlineData(1e10)]
    public void Every_OfABadInterval_IsRefused(double seconds)
    {
        var make = () => Trigger.Every(TimeSpan.FromSeconds(seconds));

        make.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*interval must be between 00:00:01 and*but is*");
    }

    [Fact]
    public void WhatOnlyRecurringTriggersHave_IsRefusedForOthers()
    {
        var at = Trigger.At(default);
        Action[] calls =
        [
            () => at.StartingAt(default), () => at.Jitter(TimeSpan.FromSeconds(1)), () => at.OnMisfire(Misfire.Skip),
            () => at.ExceptOn(default(DateOnly)),
            () => at.Preview(1, default), () => Trigger.On("x").Jitter(default),
        ];

        foreach (var call in calls)
        {
            call.Should().Throw<InvalidOperationException>().WithMessage("*is for triggers made by Every*but this trigger is of kind*");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void ABadLimit_IsRefused(int limit)
    {
        Action[] calls = [() => Misfire.FireAll(limit), () => Trigger.Cron("@daily").Preview(limit, default)];

        foreach (var call in calls)
        {
            call.Should().Throw<ArgumentOutOfRangeException>();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Jitter_SpreadsTriggersEvenlyAndAlwaysTheSame(bool isCron)
    {
        var delays = Enumerable.Range(0, 1000).Select(n =>
            (isCron ? Trigger.Cron("@daily") : Trigger.Every(TimeSpan.FromDays(1))).WithId($"job-{n}").Jitter(TimeSpan.FromSeconds(60))
                .Preview(2, At(2025, 1, 1)).Select(static at => at.TimeOfDay).Distinct().Single()).ToArray();

        delays.Should().OnlyContain(delay => delay >= TimeSpan.Zero && delay <= TimeSpan.FromSeconds(60));
        delays.GroupBy(static delay => (int)delay.TotalSeconds / 10).Should()
            .HaveCountGreaterThanOrEqualTo(6).And.OnlyContain(tenth => tenth.Count() > 100 || tenth.Key == 6);
    }

    private static Gen<string> Field(int low, int high) => Gen.OneOf(
        Gen.Const("*"),
        Gen.Int[low, high].Select(static n => $"{n}"),
        Gen.Int[2, Math.Min(30, high)].Select(static n => $"*/{n}"),
        Gen.Int[low, high].SelectMany(from => Gen.Int[from, high].Select(to => $"{from}-{to}")),
        Gen.Int[low, high]
            .SelectMany(from => Gen.Select(Gen.Int[from, high], Gen.Int[2, Math.Min(7, high)], (to, step) => $"{from}-{to}/{step}")),
        Gen.Int[low, high].Array[2, 4].Select(static some => string.Join(',', some)));

    // Hours around those at which clocks change come up often.
    private static readonly Gen<string> Expressions = Gen.Select(
        Field(0, 59), Gen.OneOf(Field(0, 23), Field(0, 4)), Gen.OneOf(Gen.Const("*"), Field(1, 28)), Gen.OneOf(
            Gen.Const("*"), Gen.Const("3-11")), Gen.OneOf(Gen.Const("*"), Field(0, 6)),
        static (minute, hour, day, month, weekday) => $"{minute} {hour} {day} {month} {weekday}");

    private static DateTimeOffset At(int year, int month, int day, int hour = 0) => new(year, month, day, hour, 0, 0, TimeSpan.Zero);

    private static long Ms(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    private static Schedule Of(string expression, TimeZoneInfo zone, DateOnly[]? except = null, long jitter = 0) =>
        ZoneScene.Of(expression, zone, except, jitter);

    private static IEnumerable<DateTimeOffset> Enumerate(Schedule schedule, DateTimeOffset after, DateTimeOffset until)
    {
        for (var at = schedule.Next(Ms(after)); at is { } ms && ms < Ms(until); at = schedule.Next(ms))
        {
            yield return UnixTime.ToDateTimeOffset(ms);
        }
    }

    private sealed class CountingRecurrence(IRecurrence inner) : IRecurrence
    {
        public int Count { get; set; }

        public long? Next(long after)
        {
            Count++;
            return inner.Next(after);
        }

        long? IRecurrence.Count(long after, long until) => inner.Count(after, until);
    }
}
