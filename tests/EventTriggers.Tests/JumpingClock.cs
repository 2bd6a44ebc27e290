namespace EventTriggers.Tests;

/// <summary>
/// A clock that can be set, also back. Hosts that have it send its time with each script, so it stands for the clock of Redis; local timers
/// run on.
/// </summary>
internal sealed class JumpingClock : TimeProvider
{
    private long _offset;

    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _offset));
        set => Volatile.Write(ref _offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
