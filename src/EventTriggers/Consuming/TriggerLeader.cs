namespace EventTriggers.Consuming;

/// <summary>
/// Knows when the next trigger is due. One of the consumers is the leader and wakes for it; the others wake a little later, in case the
/// leader is gone, and mostly only learn of the next trigger.
/// </summary>
internal sealed class TriggerLeader(TimeProvider timeProvider)
{
    // How long, in ms, the others wait for the leader.
    private const long LeaderTimeout = 100;

    // What is due later is looked at again then; that keeps the arithmetic within range.
    private const long Horizon = 86_400_000;

    private bool _isLeader;
    private long? _next;
    private long _now;
    private long _received;

    /// <summary>Gets a value indicating whether it is this consumer's turn to fire triggers now.</summary>
    public bool MustFire => _isLeader && Left <= TimeSpan.Zero;

    /// <summary>Gets how long there is nothing to do.</summary>
    public TimeSpan Left =>
        _next is { } next ? TimeSpan.FromMilliseconds(next - _now) - timeProvider.GetElapsedTime(_received) : TimeSpan.MaxValue;

    /// <summary>
    /// Notes what Redis reported: the time, when the next trigger is due (−1 for none), and whether this consumer is the leader.
    /// </summary>
    public void Note(long now, long next, bool isLeader)
    {
        (_now, _received) = (now, timeProvider.GetTimestamp());
        // The leader has not fired it: from here on this consumer is the leader.
        _isLeader = isLeader || (next >= 0 && now - next >= LeaderTimeout);
        var later = _isLeader ? 0 : Random.Shared.NextInt64(LeaderTimeout, 3 * LeaderTimeout);
        _next = next < 0 ? null : Math.Min(next, now + Horizon) + later;
    }
}
