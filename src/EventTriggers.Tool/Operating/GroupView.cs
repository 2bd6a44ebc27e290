namespace EventTriggers.Tool.Operating;

/// <summary>A group with its rates.</summary>
internal sealed class GroupView
{
    public required GroupRecord Group { get; init; }

    public required double PublishedPerMinute { get; init; }

    public required double ProcessedPerMinute { get; init; }

    public required double FailedPerMinute { get; init; }

    /// <summary>Gets the workers of all its consumers.</summary>
    public int Concurrency => ConsumersOf().Sum(static one => one.Concurrency);

    public int Busy => ConsumersOf().Sum(static one => one.Busy);

    private IEnumerable<ConsumerGroup> ConsumersOf() =>
        Group.Consumers.SelectMany(static consumer => consumer.Groups).Where(one => one.Group == Group.Name);
}
