namespace EventTriggers.Consuming.Duties;

/// <summary>How fast the processes that share a partition look through its keys together.</summary>
/// <param name="Factor">How many times what a page took passes until the next one.</param>
/// <param name="Least">What passes at least.</param>
/// <param name="Rest">What passes between two rounds.</param>
internal sealed record RepairPace(int Factor, TimeSpan Least, TimeSpan Rest)
{
    // A hundredth of the server. The rest is shorter than the minute after which a process looks whether a page is due: it may be a little
    // early.
    public static RepairPace Default { get; } = new(99, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(45));
}
