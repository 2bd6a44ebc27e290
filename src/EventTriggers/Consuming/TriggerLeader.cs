namespace EventTriggers.Consuming;

/// <summary>
/// Knows when the next trigger is due. Of the consumers that know it one keeps the time and wakes for it; the others wake a little later, in case that one
/// is gone, and mostly only learn of the next.
/// </summary>
internal sealed class TriggerLeader(TimeProvider timeProvider)
{
    private const long Grace = 100;

    // What is due later is looked at again then; that keeps the arithmetic small.
    private const long Horizon = 86_400_000;

    private bool _keeps;
    private long? _next;
    private long _now;
    private long _heard;

    /// <summary>Gets a value indicating whether it is this consumer's turn to fire triggers now.</summary>
    public bool MustAdvance => _keeps && Left <= TimeSpan.Zero;

    /// <summary>Gets how long there is nothing to do.</summary>
    public TimeSpan Left => _next is { } next ? TimeSpan.FromMilliseconds(next - _now) - timeProvider.GetElapsedTime(_heard) : TimeSpan.MaxValue;

    /// <summary>Takes in what Redis said: the time, and when the next trigger is due (−1 for none).</summary>
    public void Note(long now, long next, bool keeps)
    {
        (_now, _heard) = (now, timeProvider.GetTimestamp());
        // Whoever keeps the time has not come: from here on it is this one.
        _keeps = keeps || (next >= 0 && now - next >= Grace);
        _next = next < 0 ? null : Math.Min(next, now + Horizon) + (_keeps ? 0 : Random.Shared.NextInt64(Grace, 3 * Grace));
    }
}
