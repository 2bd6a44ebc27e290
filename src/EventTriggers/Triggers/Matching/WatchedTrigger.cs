namespace EventTriggers;

/// <summary>A trigger that waits for a type, as those who match know it.</summary>
internal sealed class WatchedTrigger(Watch watch, long number, EventPattern? pattern) : PatternEntry
{
    public Watch Watch => watch;

    /// <summary>Gets the number of its watch: events from before it has no eyes for.</summary>
    public long Number => number;

    public EventPattern? Pattern => pattern;

    /// <summary>Gets where it is looked up; <see langword="null"/> for one that is held in memory.</summary>
    public Lookup? Lookup { get; init; }
}
