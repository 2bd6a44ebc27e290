namespace EventTriggers.Dashboard.Upcoming;

/// <summary>The triggers that fire soon.</summary>
internal sealed class UpcomingView
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset Before { get; init; }

    /// <summary>Gets the triggers, by when they are due; those that are overdue come first.</summary>
    public required IReadOnlyList<UpcomingRow> Rows { get; init; }

    /// <summary>
    /// Gets how often the triggers in <see cref="Rows"/> fire, in equal parts of the time; without those that fire very often.
    /// </summary>
    public required IReadOnlyList<int> Firings { get; init; }

    /// <summary>Gets the moment up to which all due triggers are listed; <see langword="null"/> if all are.</summary>
    public DateTimeOffset? ListedUntil { get; init; }

    public required IReadOnlyList<int> UnreadPartitions { get; init; }
}
