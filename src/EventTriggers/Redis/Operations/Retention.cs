namespace EventTriggers.Redis.Operations;

/// <summary>How much of what has ended is remembered, and for how long.</summary>
/// <param name="Cap">How many are remembered at most.</param>
/// <param name="AgeMs">How long each is remembered at most, in ms.</param>
internal readonly record struct Retention(long Cap, long AgeMs)
{
    public static Retention From(int cap, TimeSpan age) => new(cap, (long)age.TotalMilliseconds);

    public void Write(ScriptCall call) => call.Add(Cap).Add(AgeMs);
}
