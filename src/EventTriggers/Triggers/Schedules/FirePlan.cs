namespace EventTriggers.Triggers.Schedules;

/// <summary>What to do about a recurring trigger that is due.</summary>
/// <param name="Fire">The occurrences to fire, oldest first.</param>
/// <param name="Next">When the trigger is due next; <see langword="null"/> when it has ended.</param>
/// <param name="Missed">
/// The number of due occurrences that do not fire: exact for an interval, at most <see cref="Schedule.MaxCounted"/> for a cron expression.
/// </param>
internal sealed record FirePlan(IReadOnlyList<long> Fire, long? Next, long Missed)
{
    // One script call fires this many. The rest stays due and is fired by the next call.
    private const int Batch = 50;

    // With Misfire.Skip an occurrence this late still fires: nothing is exactly on time. fire_due.lua has the same number.
    internal const long ToleranceMs = 60_000;

    /// <summary>Decides which occurrences fire, how many were missed, and when the trigger is due next.</summary>
    public static FirePlan Decide(Schedule schedule, Misfire misfire, DueOccurrence trigger, long now)
    {
        if (trigger.Due > schedule.Until)
        {
            // RescheduleAsync moved it beyond the end.
            return new FirePlan([], Next: null, 0);
        }

        var counted = Math.Max(trigger.Due, trigger.Slot);
        var fire = Choose(schedule, misfire, trigger, counted, now);
        var missed = 1 + schedule.Count(counted, now, Schedule.MaxCounted + fire.Count - 1) - fire.Count;
        var next = schedule.Next(Math.Max(counted, now));
        if (fire.Count > Batch && trigger.FiringsLeft > Batch)
        {
            return new FirePlan([.. fire.Take(Batch)], fire[Batch], missed);
        }

        return fire.Count < trigger.FiringsLeft
            ? new FirePlan(fire, next, missed)
            : new FirePlan([.. fire.Take((int)trigger.FiringsLeft)], Next: null, missed);
    }

    private static List<long> Choose(Schedule schedule, Misfire misfire, DueOccurrence trigger, long counted, long now)
    {
        if (misfire.Limit > 0)
        {
            return Newest(schedule, misfire.Limit, trigger.Due, counted, now);
        }

        var last = Newest(schedule, 1, trigger.Due, counted, now)[0];
        var isLate = last <= trigger.ResumedAt || (misfire == Misfire.Skip && now - last > ToleranceMs);
        return isLate ? [] : [last];
    }

    // The newest occurrences that are due, oldest first: the one that became due, and each one since.
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
