namespace EventTriggers.Dashboard.Api;

/// <summary>How a bulk operation is run. What it changes stands in the query, where the list has it.</summary>
internal sealed class BulkChange
{
    /// <summary>Gets the most changes in a second; <see langword="null"/> for no limit.</summary>
    public int? RatePerSecond { get; init; }
}
