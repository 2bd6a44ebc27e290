namespace EventTriggers.Tool.Documents;

internal sealed class PublishDocument
{
    public required string Id { get; init; }

    public required PublishOutcome Outcome { get; init; }
}
