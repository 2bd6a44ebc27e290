namespace EventTriggers.Testing.Harness;

/// <summary>A clock by which no lease ends, however long a test is looked at in a debugger.</summary>
internal sealed class StoppedClock : TimeProvider
{
    public static StoppedClock Instance { get; } = new();

    public override long GetTimestamp() => 0;
}
