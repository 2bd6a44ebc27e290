namespace EventTriggers.Tool.Documents;

internal sealed class TriggerDocument
{
    public required TriggerRecord Trigger { get; init; }

    /// <summary>Gets the next occurrences of a recurring trigger.</summary>
    public required IReadOnlyList<DateTimeOffset> Next { get; init; }

    /// <summary>Gets the last firings of a recurring trigger, newest first.</summary>
    public required IReadOnlyList<FiringRecord> History { get; init; }
}
