using EventTriggers.Events;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Two days around a change of the clocks: what a schedule says of them is compared with a list of what is due, made from a wall clock.
/// </summary>
internal sealed class ZoneScene
{
    private readonly TimeZoneInfo _zone;
    private readonly Random _random;
    private readonly string _where;
    private readonly long _from;
    private readonly long _to;
    private readonly IReadOnlyList<WallClock.Minute> _minutes;

    public ZoneScene(TimeZoneInfo zone, DateTimeOffset change, Random random, int seed)
    {
        var (from, to) = (change.AddMinutes(-random.Next(60, 2000)), change.AddMinutes(random.Next(60, 2000)));
        (_zone, _random, _where) = (zone, random, $"{zone.Id} at {change:u}, seed {seed}");
        (_from, _to, _minutes) = (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds(), WallClock.Of(zone, from, to));
    }

    public static Schedule Of(string expression, TimeZoneInfo zone, IEnumerable<DateOnly>? except = null, long jitter = 0) =>
        new(new CronRecurrence(ParsedCron.Parse(expression), zone), zone) { Except = (except ?? []).ToHashSet(), Jitter = jitter };

    public static IEnumerable<long> Enumerate(Schedule schedule, long after, long until)
    {
        for (var at = schedule.Next(after); at < until; at = schedule.Next(at.Value))
        {
            yield return at.Value;
        }
    }

    /// <summary>Checks an expression, with some jitter and dates that are left out.</summary>
    /// <returns>How many occurrences it has.</returns>
    public int Check()
    {
        var expression = Expression();
        var jitter = _random.Next(3) == 0 ? _random.NextInt64(7_200_000) : 0;
        DateOnly[] except =
        [
            .. Enumerable.Range(0, _random.Next(3)).Select(_ => DateOnly.FromDateTime(_minutes[_random.Next(_minutes.Count)].Shows)),
        ];
        var schedule = Of(expression, _zone, except, jitter);
        var due = new CronTable(expression).Among(_minutes).Select(at => at.ToUnixTimeMilliseconds() + jitter)
            .Where(at => !except.Contains(DateAt(at))).ToArray();
        var what = $"'{expression}' in {_where}, jitter {jitter}, except {string.Join(',', except)}";

        Same(Enumerate(schedule, _from - 1 + jitter, _to + jitter), due, "due", what);
        for (var n = 0; n < 4 && due.Length > 0; n++)
        {
            CheckMoment(schedule, due, n == 0 ? due[_random.Next(due.Length)] : _random.NextInt64(_from + jitter, _to + jitter), what);
            CheckPlan(schedule, due, jitter, what);
        }

        return due.Length;
    }

    private static void CheckMoment(Schedule schedule, long[] due, long at, string what)
    {
        foreach (var moment in (long[])[at - 1, at, at + 1])
        {
            var before = due.Count(one => one <= moment);
            if (before > 0)
            {
                Same(schedule.Last(moment), due[before - 1], "last", what);
                Same(schedule.Count(due[0] - 1, moment), Math.Min(Schedule.MaxCounted, before), "count", what);
            }

            long[] coming = due[before..Math.Min(due.Length, before + 5)];
            if (coming.Length > 0)
            {
                Same(
                    schedule.Preview(coming.Length, moment, null)
                        .Select(static one => one.ToUnixTimeMilliseconds()), coming, "preview", what);
            }
        }
    }

    // Something runs again at a moment after one was due.
    private void CheckPlan(Schedule schedule, long[] all, long jitter, string what)
    {
        var first = all[_random.Next(all.Length)];
        var now = _random.NextInt64(first, _to + jitter);
        var due = all.Where(one => one >= first && one <= now).ToArray();
        var misfire = _random.Next(3) switch { 0 => Misfire.FireOnce, 1 => Misfire.Skip, _ => Misfire.FireAll(_random.Next(1, 200)) };
        long[] fire = misfire.Limit > 0
            ? due[^Math.Min(due.Length, misfire.Limit)..]
            : misfire == Misfire.Skip && now - due[^1] > 60_000 ? [] : [due[^1]];
        var next = fire.Length > 50 ? fire[50] : all.FirstOrDefault(one => one > now, _to + jitter);
        what = $"{what}, {misfire} from {first} to {now}";

        var plan = FirePlan.Decide(schedule, misfire, new DueOccurrence(first, first, long.MinValue, long.MaxValue), now);

        Same(plan.Fire, fire.Take(50), "fire", what);
        Same(plan.Missed, Math.Min(Schedule.MaxCounted, due.Length - fire.Length), "missed", what);
        Same(Math.Min(plan.Next!.Value, _to + jitter), next, "next", what);
    }

    private static void Same(long? found, long expected, string which, string what)
    {
        if (found != expected)
        {
            Assert.Fail($"{which} of {what}: {found} instead of {expected}");
        }
    }

    private static void Same(IEnumerable<long> found, IEnumerable<long> expected, string which, string what)
    {
        if (!found.SequenceEqual(expected))
        {
            var (more, less) = (
                found.Except(expected).Take(5).Select(UnixTime.ToDateTimeOffset), expected.Except(found).Take(5)
                    .Select(UnixTime.ToDateTimeOffset));
            Assert.Fail(
                $"{which} of {what}: {string.Join(", ", more.Select(static at => $"{at:O}"))} too many, "
                + $"{string.Join(", ", less.Select(static at => $"{at:O}"))} missing");
        }
    }

    private DateOnly DateAt(long at) => DateOnly.FromDateTime(WallClock.Show(_zone, UnixTime.ToDateTimeOffset(at)));

    // Often at the hours that the clocks show around the change.
    private string Expression()
    {
        var hour = _minutes[_random.Next(_minutes.Count)].Shows.Hour;
        var seconds = Pick("", "", "", "", "", "30 ", "0,59 ", "*/20 ", "10-12 ");
        var minute = Pick(
            "*", "*/15", "0", "30", $"{_random.Next(60)}", $"{_random.Next(30)}-{_random.Next(30, 60)}/7",
            $"{_random.Next(60)},{_random.Next(60)}");
        var hours = Pick(
            "*", "*/2", "0", "1", "2", "3", "23", $"{hour}", $"{hour},{(hour + 1) % 24}", $"{hour / 2}-{hour}", "0-3", "0,1,2,3,23");
        var day = Pick("*", "*", "*", "1-28", "*/2", $"{_minutes[0].Shows.Day},{_minutes[^1].Shows.Day}");
        var weekday = Pick("*", "*", "*", "0", "1-5", "6,0");
        return $"{seconds}{minute} {hours} {day} {Pick("*", "*", "1-12", "3-11")} {weekday}";
    }

    private string Pick(params string[] some) => some[_random.Next(some.Length)];
}
