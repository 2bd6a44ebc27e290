namespace EventTriggers.Consuming;

/// <summary>
/// Compares the clock of Redis with the monotonic clock of this process. A reply tells the server's time at some moment between sending and
/// hearing, so only what two such spans cannot explain is a jump, however slow a reply was.
/// </summary>
internal sealed class ServerClock(TimeProvider timeProvider)
{
    private readonly long _origin = timeProvider.GetTimestamp();
    private (double Least, double Most)? _ahead;

    /// <summary>Takes note of a reply.</summary>
    /// <param name="now">The server's time in it, in unix ms.</param>
    /// <param name="sent">The local timestamp before it was asked for.</param>
    /// <param name="heard">The local timestamp when it was there.</param>
    /// <returns>By how much the server's clock has jumped at least since the reply before: forward is positive.</returns>
    public TimeSpan Observe(long now, long sent, long heard)
    {
        var last = _ahead;
        var ahead = (Least: now - Since(heard), Most: now - Since(sent));
        _ahead = ahead;
        var jump = last is not { } before ? 0
            : ahead.Least > before.Most ? ahead.Least - before.Most
            : ahead.Most < before.Least ? ahead.Most - before.Least
            : 0;
        return TimeSpan.FromMilliseconds(jump);
    }

    private double Since(long timestamp) => timeProvider.GetElapsedTime(_origin, timestamp).TotalMilliseconds;
}
