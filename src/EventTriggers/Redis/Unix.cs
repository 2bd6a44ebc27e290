namespace EventTriggers;

/// <summary>Unix milliseconds, the only time that is stored.</summary>
internal static class Unix
{
    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The score of what is not due by time; the scripts know it as NEVER.</summary>
    public const long Never = 9_007_199_254_740_991;

    /// <summary>Reads a stored time; one that .NET cannot hold becomes the nearest that it can.</summary>
    public static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, Earliest, Latest));

    /// <summary>Writes a due time, rounded up: never early.</summary>
    public static long CeilingMs(DateTimeOffset time)
    {
        var ms = time.ToUnixTimeMilliseconds();
        return time.UtcTicks % TimeSpan.TicksPerMillisecond == 0 || ms == Latest ? ms : ms + 1;
    }
}
