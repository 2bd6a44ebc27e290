namespace EventTriggers.Tool.Documents;

internal sealed class ConsumersDocument
{
    public required IReadOnlyList<ConsumerRecord> Consumers { get; init; }
}
