namespace EventTriggers.Consuming.Health;

/// <summary>When something happened last. Setting and reading it costs a timestamp, and is safe on any thread.</summary>
internal sealed class TimeMark(TimeProvider timeProvider)
{
    private long _at = long.MinValue;

    /// <summary>Gets the time since it was last set; <see langword="null"/> if it was not.</summary>
    public TimeSpan? Age => Volatile.Read(ref _at) is var at and not long.MinValue ? timeProvider.GetElapsedTime(at) : null;

    public void Set() => Volatile.Write(ref _at, timeProvider.GetTimestamp());
}
