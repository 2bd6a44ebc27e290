namespace EventTriggers.Tests.Groups;

/// <summary>Counts what a test of priorities has taken.</summary>
internal static class TakenExtensions
{
    public static int Count(this IReadOnlyList<PriorityScene.Taken> all, Priority priority) => all.Count(one => one.Priority == priority);
}
