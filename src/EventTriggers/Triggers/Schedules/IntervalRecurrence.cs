using EventTriggers.Redis;

namespace EventTriggers.Triggers.Schedules;

/// <summary>A moment, and every so many ms after it: never counted from when something ran.</summary>
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

    // How many there are up to a moment.
    private long Number(long until) => until < start ? 0 : ((until - start) / every) + 1;
}
