namespace EventTriggers.Consuming;

/// <summary>
/// Bounds what wake messages can make a loop do. Any client of the server may send them: each round that answers messages in vain takes a
/// token, and tokens come back at a fixed rate. Without tokens messages wait a little, and one round answers all that came; whatever else
/// there is to do does not wait. Scripts send at most one message for each time that a consumer said that it waits, and their messages
/// mostly bring work.
/// </summary>
internal sealed class WakeBudget(TimeProvider timeProvider)
{
    private const int Burst = 100;
    private const int PerSecond = 100;

    private double _tokens = Burst;
    private long _since = timeProvider.GetTimestamp();
    private bool _mustWait;
    private bool _hasMessage;

    /// <summary>Gets how long a message waits.</summary>
    public static TimeSpan Wait { get; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Gets a value indicating whether messages wait, or may have waited until now.</summary>
    public bool MustBeAnsweredSoon
    {
        get
        {
            // Against a message that has just seen that it must wait.
            Interlocked.MemoryBarrier();
            return Volatile.Read(ref _mustWait) || Volatile.Read(ref _hasMessage);
        }
    }

    /// <summary>Notes a message.</summary>
    /// <returns>Whether it wakes the loop at once.</returns>
    public bool Note()
    {
        Volatile.Write(ref _hasMessage, true);
        Interlocked.MemoryBarrier();
        return !Volatile.Read(ref _mustWait);
    }

    /// <summary>Notes a round that begins: it answers every message so far.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Answer() => Interlocked.Exchange(ref _hasMessage, false);

    /// <summary>Notes what a round came to.</summary>
    /// <param name="answersWake">Whether it answers messages.</param>
    /// <param name="hasFound">Whether there was anything to do.</param>
    public void NoteRound(bool answersWake, bool hasFound)
    {
        var now = timeProvider.GetTimestamp();
        var refilled = _tokens + (timeProvider.GetElapsedTime(_since, now).TotalSeconds * PerSecond);
        _tokens = Math.Min(Burst, refilled) - (answersWake && !hasFound ? 1 : 0);
        _since = now;
        Volatile.Write(ref _mustWait, _tokens < 1);
    }
}
