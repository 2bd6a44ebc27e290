namespace EventTriggers.Dashboard.Overview;

/// <summary>A group in the overview.</summary>
internal sealed class GroupView
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Types { get; init; }

    public GroupPause? Pause { get; init; }

    public required GroupCounts Counts { get; init; }

    public required int Consumers { get; init; }

    public required int Concurrency { get; init; }

    /// <summary>Gets what is set in place of what its processes are configured with.</summary>
    public GroupConcurrency? ConcurrencySet { get; init; }

    /// <summary>Gets the deliveries that were handled a minute, over the last whole minutes.</summary>
    public required double ProcessedPerMinute { get; init; }

    public required double FailedPerMinute { get; init; }

    /// <summary>Gets the firings of triggers a minute; all are counted for the group <c>$triggers</c>.</summary>
    public required double FiredPerMinute { get; init; }
}
