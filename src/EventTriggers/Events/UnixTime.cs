namespace EventTriggers.Events;

/// <summary>Converts Unix milliseconds, the only form in which times are stored.</summary>
internal static class UnixTime
{
    /// <summary>The first and the last time that .NET can represent. The scripts call the last one MAX.</summary>
    public const long MinMs = -62_135_596_800_000;
    public const long MaxMs = 253_402_300_799_999;

    /// <summary>The score of an entry that is not due by time. The scripts call it NEVER.</summary>
    public const long Never = 9_007_199_254_740_991;

    /// <summary>Gets how times are written: as whole numbers, alike in every culture.</summary>
    public static IFormatProvider Format => System.Globalization.CultureInfo.InvariantCulture;

    /// <summary>Reads a stored time. A time that .NET cannot represent becomes the nearest one that it can.</summary>
    public static DateTimeOffset ToDateTimeOffset(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, MinMs, MaxMs));

    /// <summary>Reads a stored span. A span that .NET cannot represent becomes the nearest one that it can.</summary>
    public static TimeSpan ToTimeSpan(long ms) => TimeSpan.FromMilliseconds(Math.Clamp(ms, -MaxMs, MaxMs));

    /// <summary>Converts a due time, rounded up so that it is never early.</summary>
    public static long CeilingMs(DateTimeOffset time)
    {
        var ms = time.ToUnixTimeMilliseconds();
        return time.UtcTicks % TimeSpan.TicksPerMillisecond == 0 || ms == MaxMs ? ms : ms + 1;
    }
}
