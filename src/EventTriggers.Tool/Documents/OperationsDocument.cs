namespace EventTriggers.Tool.Documents;

internal sealed class OperationsDocument
{
    public required IReadOnlyList<OperationRecord> Operations { get; init; }
}
