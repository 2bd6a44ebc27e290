namespace EventTriggers.Dashboard.Api;

/// <summary>A partition, as the consumer loop of this process knows it.</summary>
internal sealed class PartitionView
{
    public required int Index { get; init; }

    public TimeSpan? SinceLastClaim { get; init; }

    public string? Failure { get; init; }

    public required bool IsPolling { get; init; }

    public string? EvictionPolicy { get; init; }

    public TimeSpan? ClockJump { get; init; }

    public TimeSpan? SinceClockJump { get; init; }

    public TimeSpan? SinceDataLoss { get; init; }
}
