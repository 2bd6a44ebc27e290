namespace EventTriggers;

/// <summary>The batches of one batch handler in a consumer.</summary>
public sealed class ConsumerBatches
{
    /// <summary>Gets the wire names of the events that the handler handles; in a batch they may be mixed.</summary>
    public required IReadOnlyList<string> EventTypes { get; init; }

    /// <summary>Gets the maximum number of events in a batch: <see cref="BatchOptions.MaxSize"/>.</summary>
    public required int MaxSize { get; init; }

    /// <summary>Gets how long the first event of a batch waits for others: <see cref="BatchOptions.MaxWait"/>.</summary>
    public required TimeSpan MaxWait { get; init; }

    /// <summary>Gets a value indicating whether all events of a batch have the same key: <see cref="BatchOptions.ByKey"/>.</summary>
    public required bool ByKey { get; init; }

    /// <summary>Gets the number of events that waited for others, in batches that had not begun, when the consumer reported.</summary>
    public required int Gathered { get; init; }
}
