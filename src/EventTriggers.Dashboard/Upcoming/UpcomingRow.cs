using EventTriggers.Dashboard.Api;

namespace EventTriggers.Dashboard.Upcoming;

/// <summary>A trigger that fires soon.</summary>
internal sealed class UpcomingRow
{
    public required TriggerRow Trigger { get; init; }

    /// <summary>Gets how often it fires in the time that is shown.</summary>
    public required int Count { get; init; }

    /// <summary>Gets a value indicating whether the time line has its firings.</summary>
    public required bool IsCharted { get; init; }

    /// <summary>
    /// Gets a value indicating whether <see cref="Count"/> is an estimate: it fires too often to compute each occurrence.
    /// </summary>
    public required bool IsEstimate { get; init; }
}
