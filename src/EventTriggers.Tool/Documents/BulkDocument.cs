namespace EventTriggers.Tool.Documents;

/// <summary>What became of a bulk change.</summary>
internal sealed class BulkDocument
{
    public required string Action { get; init; }

    /// <summary>Gets how many were counted before it began.</summary>
    public required long Matching { get; init; }

    public required bool IsExact { get; init; }

    public OperationRecord? Operation { get; init; }

    public required string Text { get; init; }
}
