using EventTriggers.Events;

namespace EventTriggers.Triggers.Schedules;

/// <summary>A start, and every fixed number of ms after it. A late run never shifts the moments that follow.</summary>
internal sealed class IntervalRecurrence(long start, long every) : IRecurrence
{
    public long? Next(long after)
    {
        if (after < start)
        {
            return start;
        }

        var next = after + every - ((after - start) % every);
        return next <= UnixTime.MaxMs ? next : null;
    }

    public long? Count(long after, long until) => Number(until) - Number(after);

    // How many moments there are up to this one.
    private long Number(long until) => until < start ? 0 : ((until - start) / every) + 1;
}
