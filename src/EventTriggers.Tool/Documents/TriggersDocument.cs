namespace EventTriggers.Tool.Documents;

/// <summary>A list of triggers.</summary>
internal sealed class TriggersDocument
{
    public required IReadOnlyList<TriggerRecord> Triggers { get; init; }

    public string? Cursor { get; init; }

    public required int Examined { get; init; }

    public required IReadOnlyList<int> UnreadPartitions { get; init; }
}
