namespace EventTriggers.Testing.Harness;

/// <summary>A limit of real time, which begins when it is made.</summary>
internal sealed class RealTimeLimit(TimeSpan limit)
{
    private readonly long _begun = TimeProvider.System.GetTimestamp();

    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_begun);

    public TimeSpan Left => limit > Elapsed ? limit - Elapsed : TimeSpan.Zero;

    public bool IsOver => Elapsed >= limit;
}
