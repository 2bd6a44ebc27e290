namespace EventTriggers.Triggers.Schedules;

/// <summary>What is to be done about a recurring trigger that is due.</summary>
/// <param name="Fire">The occurrences to fire, oldest first.</param>
/// <param name="Next">When it is due next; <see langword="null"/> when it is over.</param>
/// <param name="Missed">How many occurrences were due that are not fired: of an interval all of them, of a cron expression at most <see cref="Schedule.MostCounted"/>.</param>
internal sealed record FirePlan(IReadOnlyList<long> Fire, long? Next, long Missed)
{
    // One script fires them; the rest is due at once.
    private const int Batch = 50;

    // Nothing is exactly on time.
    private const long Tolerance = 60_000;

    public static FirePlan Of(Schedule schedule, Misfire misfire, DueOccurrence trigger, long now)
    {
        if (trigger.Due > schedule.Until)
        {
            // It was moved there by hand.
            return new FirePlan([], Next: null, 0);
        }

        var counted = Math.Max(trigger.Due, trigger.Slot);
        var fire = Choose(schedule, misfire, trigger, counted, now);
        var missed = 1 + schedule.Count(counted, now, Schedule.MostCounted + fire.Count - 1) - fire.Count;
        var next = schedule.Next(Math.Max(counted, now));
        if (fire.Count > Batch && trigger.Left > Batch)
        {
            return new FirePlan([.. fire.Take(Batch)], fire[Batch], missed);
        }

        return fire.Count < trigger.Left ? new FirePlan(fire, next, missed) : new FirePlan([.. fire.Take((int)trigger.Left)], Next: null, missed);
    }

    private static List<long> Choose(Schedule schedule, Misfire misfire, DueOccurrence trigger, long counted, long now)
    {
        if (misfire.Limit > 0)
        {
            return Newest(schedule, misfire.Limit, trigger.Due, counted, now);
        }

        var last = Newest(schedule, 1, trigger.Due, counted, now)[0];
        var isLate = last <= trigger.ResumedAt || (misfire == Misfire.Skip && now - last > Tolerance);
        return isLate ? [] : [last];
    }

    // The last so many of what was due: when it was due, and each occurrence since.
    private static List<long> Newest(Schedule schedule, int most, long due, long counted, long now)
    {
        List<long> newest = [due];
        for (var at = schedule.Next(counted); at <= now && newest.Count <= most; at = schedule.Next(at.Value))
        {
            newest.Add(at.Value);
        }

        if (newest.Count <= most)
        {
            return newest;
        }

        newest.Clear();
        for (var at = schedule.Last(now); newest.Count < most; at = schedule.Last(at!.Value - 1))
        {
            newest.Add(at!.Value);
        }

        newest.Reverse();
        return newest;
    }
}
