namespace EventTriggers.Tests.Model;

/// <summary>
/// GCRA as the books have it: a theoretical arrival time, in units of a microsecond divided by the limit's count, so that it is a whole
/// number.
/// </summary>
internal sealed class RateLimitModel(int count, long perMicroseconds, int burst)
{
    private long _arrival;

    /// <summary>Takes as many of the asked ones as conform.</summary>
    public int Take(long now, int asked)
    {
        var granted = 0;
        while (granted < asked && Math.Max(_arrival, now * count) + perMicroseconds - (now * count) <= burst * perMicroseconds)
        {
            _arrival = Math.Max(_arrival, now * count) + perMicroseconds;
            granted++;
        }

        return granted;
    }

    /// <summary>Tells when the next one conforms, in microseconds.</summary>
    public long NextAt(long now)
    {
        var conforms = Math.Max(_arrival, now * count) + perMicroseconds - (burst * perMicroseconds);
        return Math.Max(now, (conforms + count - 1) / count);
    }

    /// <summary>Takes back one that has not happened, as far as it has not run out since.</summary>
    public void Return(long now, long at) => _arrival -= Math.Max(0, perMicroseconds - ((now - at) * count));

    /// <summary>Tells, looking at each pair of starts, whether more began between them than a burst and the rate allow.</summary>
    /// <param name="starts">The moments in microseconds, in order.</param>
    /// <param name="bursts">How many bursts are allowed.</param>
    public bool Allows(IReadOnlyList<long> starts, int bursts = 1)
    {
        for (var first = 0; first < starts.Count; first++)
        {
            for (var last = first; last < starts.Count; last++)
            {
                if ((last - first + 1 - (bursts * burst)) * perMicroseconds > (starts[last] - starts[first]) * count)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
