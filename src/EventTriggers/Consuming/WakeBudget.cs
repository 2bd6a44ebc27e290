namespace EventTriggers.Consuming;

/// <summary>
/// Bounds what rings can make a loop do. Anybody may send them: each round that answers rings in vain takes a token, of which there are so many, and so many a second.
/// Without tokens rings wait a little, and one round answers all that came; whatever else there is to do does not wait. The rings of scripts come at most once for each
/// time that a consumer said that it waits, and mostly bring work.
/// </summary>
internal sealed class WakeBudget(TimeProvider timeProvider)
{
    private const int Burst = 100;
    private const int PerSecond = 100;

    private double _tokens = Burst;
    private long _since = timeProvider.GetTimestamp();
    private bool _mustWait;
    private bool _isRung;

    /// <summary>Gets how long a ring waits.</summary>
    public static TimeSpan Wait { get; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Gets a value indicating whether rings wait, or may have waited until now.</summary>
    public bool MustBeAnsweredSoon
    {
        get
        {
            // Against a ring that has just seen that it must wait.
            Interlocked.MemoryBarrier();
            return Volatile.Read(ref _mustWait) || Volatile.Read(ref _isRung);
        }
    }

    /// <summary>Takes note of a ring.</summary>
    /// <returns>Whether it wakes the loop at once.</returns>
    public bool Ring()
    {
        Volatile.Write(ref _isRung, true);
        Interlocked.MemoryBarrier();
        return !Volatile.Read(ref _mustWait);
    }

    /// <summary>Takes note of a round that begins: it answers every ring so far.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Answer() => Interlocked.Exchange(ref _isRung, false);

    /// <summary>Takes note of what a round came to.</summary>
    /// <param name="wasRung">Whether it answers rings.</param>
    /// <param name="found">Whether there was anything to do.</param>
    public void Note(bool wasRung, bool found)
    {
        var now = timeProvider.GetTimestamp();
        _tokens = Math.Min(Burst, _tokens + (timeProvider.GetElapsedTime(_since, now).TotalSeconds * PerSecond)) - (wasRung && !found ? 1 : 0);
        _since = now;
        Volatile.Write(ref _mustWait, _tokens < 1);
    }
}
