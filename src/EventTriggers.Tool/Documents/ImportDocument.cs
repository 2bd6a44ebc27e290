namespace EventTriggers.Tool.Documents;

/// <summary>What an import did.</summary>
internal sealed class ImportDocument
{
    public required bool IsDryRun { get; init; }

    /// <summary>Gets the ids of the triggers that were stored, or would be.</summary>
    public required IReadOnlyList<string> Stored { get; init; }

    /// <summary>Gets the ids of those that were left as they are.</summary>
    public required IReadOnlyList<string> Kept { get; init; }

    /// <summary>Gets the ids of those that had ended when they were exported.</summary>
    public required IReadOnlyList<string> Ended { get; init; }
}
