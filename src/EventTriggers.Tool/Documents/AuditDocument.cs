namespace EventTriggers.Tool.Documents;

internal sealed class AuditDocument
{
    public required IReadOnlyList<AuditRecord> Entries { get; init; }
}
