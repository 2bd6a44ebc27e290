namespace EventTriggers.Consuming;

/// <summary>
/// Compares the clock of Redis with the monotonic clock of this process. A reply holds the server's time at some moment between sending the
/// call and receiving the reply, so only a difference that two such spans cannot explain is a jump, however slow a reply was.
/// </summary>
internal sealed class ServerClock(TimeProvider timeProvider)
{
    private readonly long _origin = timeProvider.GetTimestamp();
    private (double Least, double Most)? _ahead;

    /// <summary>Compares the clocks by a reply.</summary>
    /// <param name="now">The server's time in it, in unix ms.</param>
    /// <param name="sent">The local timestamp before the call was sent.</param>
    /// <param name="received">The local timestamp when the reply was there.</param>
    /// <returns>The least by which the server's clock has jumped since the previous reply; positive for a jump forward.</returns>
    public TimeSpan Observe(long now, long sent, long received)
    {
        var last = _ahead;
        var ahead = (Least: now - Since(received), Most: now - Since(sent));
        _ahead = ahead;
        var jump = last is not { } before ? 0
            : ahead.Least > before.Most ? ahead.Least - before.Most
            : ahead.Most < before.Least ? ahead.Most - before.Least
            : 0;
        return TimeSpan.FromMilliseconds(jump);
    }

    private double Since(long timestamp) => timeProvider.GetElapsedTime(_origin, timestamp).TotalMilliseconds;
}
