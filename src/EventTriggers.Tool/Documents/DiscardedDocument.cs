namespace EventTriggers.Tool.Documents;

internal sealed class DiscardedDocument
{
    public required string Type { get; init; }

    public required long Discarded { get; init; }
}
