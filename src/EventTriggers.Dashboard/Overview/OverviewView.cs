namespace EventTriggers.Dashboard.Overview;

/// <summary>What is wrong now, and the groups.</summary>
internal sealed class OverviewView
{
    public required DateTimeOffset At { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    public required IReadOnlyList<GroupView> Groups { get; init; }

    public required UnroutedCounts Unrouted { get; init; }

    /// <summary>Gets for how long the trigger that is overdue longest has been due; zero if triggers fire in time.</summary>
    public required TimeSpan FiringLateness { get; init; }

    public required int Consumers { get; init; }

    public required IReadOnlyList<int> UnreadPartitions { get; init; }
}
