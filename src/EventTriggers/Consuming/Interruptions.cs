namespace EventTriggers.Consuming;

/// <summary>
/// Remembers when the connection to one partition was interrupted last. For a while after that, wake messages may have been lost, and
/// leases of other consumers may have expired only because Redis was away.
/// </summary>
internal sealed class Interruptions(TimeProvider timeProvider)
{
    private long _last = long.MinValue;

    /// <summary>Gets how long ago the last one was; <see cref="TimeSpan.MaxValue"/> when there was none.</summary>
    public TimeSpan SinceLast =>
        Volatile.Read(ref _last) is var last && last == long.MinValue ? TimeSpan.MaxValue : timeProvider.GetElapsedTime(last);

    public void Note() => Volatile.Write(ref _last, timeProvider.GetTimestamp());
}
