namespace EventTriggers;

/// <summary>When a recurring trigger is due: a recurrence within its limits. All times are unix ms.</summary>
internal sealed class Schedule(IRecurrence recurrence, TimeZoneInfo zone)
{
    private const int MostPreviewed = 1000;

    public long From { get; init; } = Unix.MinMs;

    public long Until { get; init; } = Unix.MaxMs;

    /// <summary>Gets how much later than its recurrence it is due.</summary>
    public long Jitter { get; init; }

    /// <summary>Gets the dates on which it is not due.</summary>
    public IReadOnlyCollection<DateOnly> Except { get; init; } = [];

    /// <summary>Gets the first occurrence after a moment; <see langword="null"/> when there is none.</summary>
    public long? Next(long after)
    {
        var from = Math.Max(after - Jitter, From - 1);
        while (recurrence.Next(from) is { } at && at + Jitter <= Until)
        {
            if (!IsExcepted(at, out var date))
            {
                return at + Jitter;
            }

            // On with the last millisecond of that date.
            from = Math.Max(at, StartOf(date.AddDays(1)) - 1);
        }

        return null;
    }

    /// <summary>Gets the last occurrence that is not after a moment; <see langword="null"/> when there is none.</summary>
    public long? Last(long until)
    {
        var to = Math.Min(until, Until) - Jitter;
        while (recurrence.Last(to) is { } at && at >= From)
        {
            if (!IsExcepted(at, out var date))
            {
                return at + Jitter;
            }

            to = Math.Min(at, StartOf(date)) - 1;
        }

        return null;
    }

    /// <summary>Counts the occurrences after the first and up to the second of two moments. Of a cron expression at most 10 000 are counted.</summary>
    public long Count(long after, long until)
    {
        var (from, to) = (Math.Max(after - Jitter, From - 1), Math.Min(until, Until) - Jitter);
        var excepted = Except.Sum(date => recurrence.Count(
            Math.Clamp(StartOf(date) - 1, from, Math.Max(from, to)), Math.Clamp(StartOf(date.AddDays(1)) - 1, from, Math.Max(from, to))));
        return Math.Max(0, recurrence.Count(from, to) - excepted);
    }

    /// <summary>Gets the first occurrences after a moment, in its zone.</summary>
    public IReadOnlyList<DateTimeOffset> Preview(int count, long after, long? most = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostPreviewed);
        var occurrences = new List<DateTimeOffset>();
        for (var at = Next(after); at is { } ms && occurrences.Count < Math.Min(count, most ?? count); at = Next(ms))
        {
            occurrences.Add(TimeZoneInfo.ConvertTime(Unix.Time(ms), zone));
        }

        return occurrences;
    }

    /// <summary>Gets what comes first, and the occurrences after it and after the one that was moved there.</summary>
    public IReadOnlyList<DateTimeOffset> Preview(int count, long first, long? slot, long? most)
    {
        var after = Preview(count, Math.Max(first, slot ?? first), most);
        return most <= 0 ? [] : [.. after.Prepend(TimeZoneInfo.ConvertTime(Unix.Time(first), zone)).Take((int)Math.Min(count, most ?? count))];
    }

    private bool IsExcepted(long at, out DateOnly date)
    {
        date = Except.Count == 0 ? default : DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(Unix.Time(at), zone).DateTime);
        return Except.Count > 0 && Except.Contains(date);
    }

    // Where midnight is left out, when the clocks go forward, the day starts with the hour after it.
    private long StartOf(DateOnly date)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(15);
        }

        // Of two midnights the first is the start.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUnixTimeMilliseconds();
    }
}
