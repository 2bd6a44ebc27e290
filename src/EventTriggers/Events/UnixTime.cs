namespace EventTriggers.Events;

/// <summary>Unix milliseconds, the only time that is stored.</summary>
internal static class UnixTime
{
    /// <summary>The first and the last time that .NET can hold; the scripts know the last as MAX.</summary>
    public const long MinMs = -62_135_596_800_000;
    public const long MaxMs = 253_402_300_799_999;

    /// <summary>The score of what is not due by time; the scripts know it as NEVER.</summary>
    public const long Never = 9_007_199_254_740_991;

    /// <summary>Reads a stored time; one that .NET cannot hold becomes the nearest that it can.</summary>
    public static DateTimeOffset ToDateTimeOffset(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, MinMs, MaxMs));

    /// <summary>Reads a stored span; one that .NET cannot hold becomes the nearest that it can.</summary>
    public static TimeSpan ToTimeSpan(long ms) => TimeSpan.FromMilliseconds(Math.Clamp(ms, -MaxMs, MaxMs));

    /// <summary>Writes a due time, rounded up: never early.</summary>
    public static long CeilingMs(DateTimeOffset time)
    {
        var ms = time.ToUnixTimeMilliseconds();
        return time.UtcTicks % TimeSpan.TicksPerMillisecond == 0 || ms == MaxMs ? ms : ms + 1;
    }
}
