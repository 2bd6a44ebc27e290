namespace EventTriggers.Dashboard.Api;

/// <summary>A page of triggers.</summary>
internal sealed class TriggerList
{
    public required IReadOnlyList<TriggerRow> Rows { get; init; }

    public string? Cursor { get; init; }

    public required int Examined { get; init; }

    public required IReadOnlyList<int> UnreadPartitions { get; init; }
}
