namespace EventTriggers.Redis.Operations;

/// <summary>What a rate limit grants.</summary>
/// <param name="Granted">How many starts.</param>
/// <param name="WaitMicroseconds">How long until it is worth asking again.</param>
/// <param name="Moment">When this was, in microseconds by the clock of the limit's server.</param>
internal readonly record struct GrantsReply(int Granted, long WaitMicroseconds, long Moment)
{
    /// <summary>Gets how long until it is worth asking again: in whole milliseconds, because timers know no less.</summary>
    public TimeSpan Wait => TimeSpan.FromMilliseconds(Math.Min((WaitMicroseconds + 999) / 1000, int.MaxValue));
}
