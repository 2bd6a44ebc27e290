using CsCheck;

namespace EventTriggers.Tests.Triggers;

/// <summary>When recurring triggers are due: no clock, no server.</summary>
public sealed class ScheduleTests
{
    private static readonly string[] Zones =
    [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Auckland", "UTC",
    ];

    // Faults 74 and 75: the days around each change of the clocks.
    [Fact]
    public void Cron_IsDueWhenAMinuteByMinuteReadingSaysSo()
    {
        var changes = Zones.Select(TimeZoneInfo.FindSystemTimeZoneById).SelectMany(ChangesOf).ToArray();
        changes.Length.Should().BeGreaterThanOrEqualTo(10);
        Expressions.Sample(
            expression =>
            {
                var table = new CronTable(expression);
                foreach (var (zone, from) in changes)
                {
                    var expected = table.Between(from, from.AddDays(3), zone).ToArray();
                    var found = Enumerate(Of(expression, zone), from.AddMilliseconds(-1), from.AddDays(3)).ToArray();
                    if (!found.SequenceEqual(expected))
                    {
                        found.Should().Equal(expected, $"of {expression} in {zone.Id}");
                    }
                }
            }, iter: 300, threads: 1);
    }

    // Fault 74: there Cronos goes back by an hour for ever, because .NET knows the change as one of the zone's base.
    [Fact]
    public void Cron_WhereAZoneChangesItsBase_GoesOn()
    {
        var found = Enumerate(Of("*/15 * * * *", TimeZoneInfo.FindSystemTimeZoneById("Africa/Casablanca")), At(2025, 4, 6, 1), At(2025, 4, 6, 3));

        found.Select(static at => (at - At(2025, 4, 6)).TotalMinutes).Should().Equal(75, 90, 105, 120, 135, 150, 165);
    }

    // Fault 76.
    [Fact]
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
    public void LastAndCount_AgreeWithNext() => Gen.Select(Expressions, Gen.Int[0, Zones.Length - 1].Select(static zone => Zones[zone]), Gen.Int[0, 40], Gen.Int[0, 9000], Gen.Int[0, 90_000]).Sample(
        (expression, id, excepted, minutes, jitter) =>
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
            var (from, to) = (At(2025, 3, 10), At(2025, 3, 10).AddMinutes(minutes));
            var schedule = Of(expression, zone, [.. Enumerable.Range(0, excepted).Select(static day => new DateOnly(2025, 3, 12).AddDays(2 * day))], jitter);
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
            var schedule = new Schedule(new Interval(start, every), TimeZoneInfo.Utc);

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

        Enumerate(schedule, At(2025, 12, 24, 16), At(2025, 12, 27)).Should().Equal(At(2025, 12, 24, 17).AddMinutes(30), At(2025, 12, 26, 23).AddMinutes(30));
    }

    // Where the clocks go forward at midnight there is a date without its first hour.
    [Fact]
    public void Except_OfADateWithoutMidnight_LeavesItOut()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/Havana");
        var schedule = Of("0 * * * *", zone, [new(2025, 3, 9)]);

        Enumerate(schedule, At(2025, 3, 8), At(2025, 3, 11)).Select(at => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime)).Distinct()
            .Should().Equal(new DateOnly(2025, 3, 7), new DateOnly(2025, 3, 8), new DateOnly(2025, 3, 10));
    }

    // Fault 81.
    [Fact]
    public void AnInterval_EndsWithTheYear9999()
    {
        var schedule = new Schedule(new Interval(0, 86_400_000), TimeZoneInfo.Utc);

        schedule.Next(Ms(new DateTimeOffset(9999, 12, 30, 12, 0, 0, TimeSpan.Zero))).Should().Be(Ms(new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero)));
        schedule.Next(Ms(new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero))).Should().BeNull();
        Of("@daily", TimeZoneInfo.Utc).Next(Ms(DateTimeOffset.MaxValue)).Should().BeNull();
    }

    // Fault 76.
    [Fact]
    public void February29_IsDueInLeapYearsOnly() =>
        Enumerate(Of("0 0 29 2 *", TimeZoneInfo.Utc), At(2025, 1, 1), At(2037, 1, 1)).Should().Equal(At(2028, 2, 29), At(2032, 2, 29), At(2036, 2, 29));

    [Theory]
    [InlineData("*/5 * * * * *", "2025-01-01T00:00:05")]
    [InlineData("@hourly", "2025-01-01T01:00:00")]
    [InlineData("0 9 L * *", "2025-01-31T09:00:00")]
    [InlineData("0 9 15W 2 *", "2025-02-14T09:00:00")]
    [InlineData("0 9 * * MON#2", "2025-01-13T09:00:00")]
    [InlineData("0 9 * * FRIL", "2025-01-31T09:00:00")]
    public void Cron_KnowsSecondsMacrosAndTheLettersOfCronos(string expression, string next) =>
        Trigger.Cron(expression).Preview(1, At(2025, 1, 1)).Should().Equal(DateTimeOffset.Parse($"{next}Z", System.Globalization.CultureInfo.InvariantCulture));

    // Fault 77.
    [Theory]
    [InlineData("0 0 30 2 *", "*never fires*")]
    [InlineData("61 * * * *", "*61 \\* \\* \\* \\**")]
    [InlineData("* * *", "*five fields*")]
    [InlineData("H 3 * * *", "*Jitter*")]
    [InlineData(" ", "*")]
    public void Cron_OfABadExpression_IsRefused(string expression, string why)
    {
        var make = () => Trigger.Cron(expression);

        make.Should().Throw<ArgumentException>().WithMessage(why.Replace("\\", string.Empty, StringComparison.Ordinal));
    }

    // Fault 78.
    [Fact]
    public void Cron_InAZoneThatNobodyKnows_IsRefused()
    {
        var unknown = () => Trigger.Cron("@daily", "Mars/Olympus");
        var own = () => Trigger.Cron("@daily", TimeZoneInfo.CreateCustomTimeZone("Ours", TimeSpan.FromHours(3), "Ours", "Ours"));

        unknown.Should().Throw<ArgumentException>().WithMessage("*Mars/Olympus*IANA*");
        own.Should().Throw<ArgumentException>().WithMessage("*'Ours'*IANA*");
    }

    [Fact]
    public void Cron_InAWindowsZone_IsTheSameAsInItsIanaZone() =>
        Trigger.Cron("0 9 * * *", "W. Europe Standard Time").Preview(3, At(2025, 3, 28)).Should().Equal(Trigger.Cron("0 9 * * *", "Europe/Berlin").Preview(3, At(2025, 3, 28)));

    // Fault 82.
    [Theory]
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
            () => at.StartingAt(default), () => at.Jitter(TimeSpan.FromSeconds(1)), () => at.OnMisfire(Misfire.Skip), () => at.Except(default(DateOnly)),
            () => at.Preview(1, default), () => Trigger.On("x").Jitter(default),
        ];

        foreach (var call in calls)
        {
            call.Should().Throw<InvalidOperationException>().WithMessage("*is for triggers that*recur*but this is*");
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
            (isCron ? Trigger.Cron("@daily") : Trigger.Every(TimeSpan.FromDays(1))).WithId($"job-{n}").Jitter(TimeSpan.FromSeconds(60)).Preview(2, At(2025, 1, 1)).Select(static at => at.TimeOfDay).Distinct().Single()).ToArray();

        delays.Should().OnlyContain(delay => delay >= TimeSpan.Zero && delay <= TimeSpan.FromSeconds(60));
        delays.GroupBy(static delay => (int)delay.TotalSeconds / 10).Should().HaveCountGreaterThanOrEqualTo(6).And.OnlyContain(tenth => tenth.Count() > 100 || tenth.Key == 6);
    }

    private static Gen<string> Field(int low, int high) => Gen.OneOf(
        Gen.Const("*"),
        Gen.Int[low, high].Select(static n => $"{n}"),
        Gen.Int[2, Math.Min(30, high)].Select(static n => $"*/{n}"),
        Gen.Int[low, high].SelectMany(from => Gen.Int[from, high].Select(to => $"{from}-{to}")),
        Gen.Int[low, high].SelectMany(from => Gen.Select(Gen.Int[from, high], Gen.Int[2, Math.Min(7, high)], (to, step) => $"{from}-{to}/{step}")),
        Gen.Int[low, high].Array[2, 4].Select(static some => string.Join(',', some)));

    // Hours around those at which clocks change come up often.
    private static readonly Gen<string> Expressions = Gen.Select(
        Field(0, 59), Gen.OneOf(Field(0, 23), Field(0, 4)), Gen.OneOf(Gen.Const("*"), Field(1, 28)), Gen.OneOf(Gen.Const("*"), Gen.Const("3-11")), Gen.OneOf(Gen.Const("*"), Field(0, 6)),
        static (minute, hour, day, month, weekday) => $"{minute} {hour} {day} {month} {weekday}");

    // The day before each day of 2025 on which the offset of a zone changes.
    private static IEnumerable<(TimeZoneInfo Zone, DateTimeOffset From)> ChangesOf(TimeZoneInfo zone) =>
        Enumerable.Range(1, 364).Select(day => At(2025, 1, 1).AddDays(day)).Where(day => zone.GetUtcOffset(day) != zone.GetUtcOffset(day.AddDays(1)))
            .Select(day => (zone, day.AddDays(-1)));

    private static DateTimeOffset At(int year, int month, int day, int hour = 0) => new(year, month, day, hour, 0, 0, TimeSpan.Zero);

    private static long Ms(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    private static Schedule Of(string expression, TimeZoneInfo zone, DateOnly[]? except = null, long jitter = 0) =>
        new(new CronRecurrence(CronRecurrence.Parse(expression), zone), zone) { Except = except ?? [], Jitter = jitter };

    private static IEnumerable<DateTimeOffset> Enumerate(Schedule schedule, DateTimeOffset after, DateTimeOffset until)
    {
        for (var at = schedule.Next(Ms(after)); at is { } ms && ms < Ms(until); at = schedule.Next(ms))
        {
            yield return Unix.Time(ms);
        }
    }
}
