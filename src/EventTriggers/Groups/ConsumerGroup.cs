namespace EventTriggers;

/// <summary>What a consumer does for one group.</summary>
public sealed class ConsumerGroup
{
    /// <summary>Gets the group.</summary>
    public required string Group { get; init; }

    /// <summary>
    /// Gets the number of deliveries that the consumer handles at the same time: what it is configured with, or its share of what is
    /// set for all processes together (<see cref="IGroupStore.SetConcurrencyAsync"/>), which may be 0.
    /// </summary>
    public required int Concurrency { get; init; }

    /// <summary>Gets the number of deliveries that it was handling when it reported; a batch counts once.</summary>
    public required int Busy { get; init; }

    /// <summary>Gets the batches that it gathers, one for each batch handler of the group.</summary>
    /// <value>Empty for a group without batch handlers.</value>
    public IReadOnlyList<ConsumerBatches> Batches { get; init; } = [];
}
