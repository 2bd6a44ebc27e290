namespace EventTriggers.Tests.Model;

/// <summary>What a trigger of an interval is, by the contract, without Redis.</summary>
internal sealed class RecurringModel(DateTimeOffset start, TimeSpan interval, Misfire misfire, int? times, DateTimeOffset added)
    : TriggerModel(TriggerKind.Every, First(start, interval, added), times)
{
    private DateTimeOffset _occurrence = First(start, interval, added);
    private DateTimeOffset? _resumed;
    private long _missed;

    public override void Advance(DateTimeOffset now)
    {
        if (Status != TriggerStatus.Active || Due > now)
        {
            return;
        }

        List<DateTimeOffset> due = [Due!.Value];
        while ((_occurrence += interval) <= now || _occurrence <= Due)
        {
            if (_occurrence > Due)
            {
                due.Add(_occurrence);
            }
        }

        DateTimeOffset[] fire = misfire.Limit > 0
            ? [.. due.TakeLast(misfire.Limit)]
            : [.. due.TakeLast(1).Where(at => !(at <= _resumed) && !(misfire == Misfire.Skip && now - at > TimeSpan.FromMinutes(1)))];
        _missed += due.Count - fire.Length;
        (Due, _resumed) = (_occurrence, null);
        foreach (var at in fire.TakeWhile(_ => !IsOver))
        {
            Fire(at, _missed);
            _missed = 0;
        }
    }

    // What is due by then was due in the pause.
    public override ChangeOutcome Resume(DateTimeOffset now)
    {
        _resumed = Status == TriggerStatus.Paused && Due <= now ? now : _resumed;
        return base.Resume(now);
    }

    // Who moves an occurrence wants it.
    public override ChangeOutcome Reschedule(DateTimeOffset to)
    {
        _resumed = null;
        return base.Reschedule(to);
    }

    // What was due before it was added was not missed: there was no trigger.
    private static DateTimeOffset First(DateTimeOffset start, TimeSpan interval, DateTimeOffset added)
    {
        for (; start < added; start += interval)
        {
            // To the first one that is still to come.
        }

        return start;
    }
}
