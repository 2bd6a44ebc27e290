using CsCheck;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers.Tests.Triggers;

/// <summary>What is done about a recurring trigger that is due: no clock, no server.</summary>
public sealed class FirePlanTests
{
    private const long Minute = 60_000;

    // Due at each whole minute.
    private static readonly Schedule Minutely = new(new IntervalRecurrence(0, Minute), TimeZoneInfo.Utc);

    [Fact]
    public void OnTime_TheOccurrenceFires() =>
        Of(Misfire.FireOnce, due: 10, now: 10).Should().BeEquivalentTo(new FirePlan([10 * Minute], 11 * Minute, 0));

    [Fact]
    [Trait("Fault", "79")]
    public void FireOnce_FiresForTheLastAndCountsTheOthers() =>
        Of(Misfire.FireOnce, due: 10, now: 14.5).Should().BeEquivalentTo(new FirePlan([14 * Minute], 15 * Minute, 4));

    [Fact]
    [Trait("Fault", "79")]
    public void FireAll_FiresEach_OldestFirst() =>
        Of(Misfire.FireAll(), due: 10, now: 12.5).Should()
            .BeEquivalentTo(new FirePlan([10 * Minute, 11 * Minute, 12 * Minute], 13 * Minute, 0), o => o.WithStrictOrdering());

    [Fact]
    [Trait("Fault", "79")]
    public void FireAll_BeyondItsLimit_FiresTheNewest() =>
        Of(Misfire.FireAll(2), due: 10, now: 19.5).Should()
            .BeEquivalentTo(new FirePlan([18 * Minute, 19 * Minute], 20 * Minute, 8), o => o.WithStrictOrdering());

    // No script takes more than a few.
    [Fact]
    [Trait("Fault", "84")]
    public void FireAll_OfMany_GoesInSteps()
    {
        var plan = Of(Misfire.FireAll(1000), due: 1, now: 500);

        plan.Fire.Should().HaveCount(50).And.StartWith(Minute);
        (plan.Next, plan.Missed).Should().Be((51 * Minute, 0));
    }

    [Fact]
    [Trait("Fault", "79")]
    public void Skip_FiresWhatIsAtMostAMinuteLate()
    {
        var daily = new Schedule(new IntervalRecurrence(0, 1440 * Minute), TimeZoneInfo.Utc);

        Of(Misfire.Skip, due: 0, now: 1, schedule: daily).Fire.Should().Equal(0);
        Of(Misfire.Skip, due: 0, now: 1.01, schedule: daily).Should().BeEquivalentTo(new FirePlan([], 1440 * Minute, 1));
        Of(Misfire.Skip, due: 10, now: 14.5).Should().BeEquivalentTo(new FirePlan([14 * Minute], 15 * Minute, 4));
    }

    // More is not counted, with or without dates that are left out, whatever is fired.
    [Theory]
    [Trait("Fault", "79")]
    [InlineData("once", 0)]
    [InlineData("once", 2)]
    [InlineData("skip", 2)]
    [InlineData("all:7", 2)]
    public void OfADenseExpression_TenThousandAreMissedAtMost(string policy, int excepted)
    {
        DateOnly[] except = [.. Enumerable.Range(0, excepted).Select(new DateOnly(1970, 1, 2).AddDays)];
        var secondly = ZoneScene.Of("* * * * * *", TimeZoneInfo.Utc, except);

        Of(Misfire.Parse(policy), due: 0, now: 5 * 1440, schedule: secondly).Missed.Should().Be(10_000);
    }

    [Fact]
    [Trait("Fault", "94")]
    public void AfterAPause_NothingFiresForIt_ExceptToCatchUp()
    {
        Of(Misfire.FireOnce, due: 10, now: 14.5, resumed: 14.5).Should().BeEquivalentTo(new FirePlan([], 15 * Minute, 5));
        Of(Misfire.FireOnce, due: 10, now: 15.5, resumed: 14.5).Should().BeEquivalentTo(new FirePlan([15 * Minute], 16 * Minute, 5));
        Of(Misfire.FireAll(), due: 10, now: 11.5, resumed: 11.5).Fire.Should().HaveCount(2);
    }

    [Theory]
    [InlineData(10.5)]
    [InlineData(13.5)]
    public void AMovedOccurrence_FiresOnceAndTheScheduleGoesOn(double moved)
    {
        var next = Math.Max(12, Math.Ceiling(moved));

        Of(Misfire.FireOnce, due: moved, now: moved, slot: 11).Should()
            .BeEquivalentTo(new FirePlan([(long)(moved * Minute)], (long)next * Minute, 0));
    }

    [Fact]
    public void TheLastOfItsTimes_EndsIt() =>
        Of(Misfire.FireAll(), due: 10, now: 14.5, left: 2).Should()
            .BeEquivalentTo(new FirePlan([10 * Minute, 11 * Minute], null, 0), o => o.WithStrictOrdering());

    // Whatever happens between two moments, each occurrence is fired, or counted as missed, or still due.
    [Fact]
    public void NoOccurrence_IsLostOrDoubled() =>
        Gen.Select(
            Gen.OneOf(
                Gen.Const(Misfire.FireOnce), Gen.Const(Misfire.Skip), Gen.Const(Misfire.FireAll(3)), Gen.Const(Misfire.FireAll(200))),
                    Gen.Long[0, 400 * Minute].Array[1, 20])
            .Sample(
        (misfire, pauses) =>
        {
            var (due, now, fired, missed) = (0L, 0L, new List<long>(), 0L);
            foreach (var pause in pauses)
            {
                now += pause;
                while (due <= now)
                {
                    var plan = FirePlan.Decide(Minutely, misfire, new DueOccurrence(due, due, long.MinValue, long.MaxValue), now);
                    fired.AddRange(plan.Fire);
                    (due, missed) = (plan.Next!.Value, missed + plan.Missed);
                }
            }

            fired.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
            (fired.Count + missed).Should().Be((now / Minute) + 1);
        }, iter: 500, threads: 1);

    private static FirePlan Of(
        Misfire misfire, double due, double now, double? slot = null, double? resumed = null, long left = long.MaxValue,
        Schedule? schedule = null) =>
        FirePlan.Decide(
            schedule
                ?? Minutely, misfire, new DueOccurrence(
                    Ms(due), Ms(slot ?? due), resumed is { } at ? Ms(at) : long.MinValue, left), Ms(now));

    private static long Ms(double minutes) => (long)(minutes * Minute);
}
