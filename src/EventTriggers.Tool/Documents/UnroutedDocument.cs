namespace EventTriggers.Tool.Documents;

internal sealed class UnroutedDocument
{
    public required UnroutedCounts Unrouted { get; init; }
}
