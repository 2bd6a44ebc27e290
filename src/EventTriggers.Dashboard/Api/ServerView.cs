namespace EventTriggers.Dashboard.Api;

/// <summary>The bus, as this process knows it.</summary>
internal sealed class ServerView
{
    public required string Prefix { get; init; }

    public required int PartitionCount { get; init; }

    public required string DefaultGroup { get; init; }

    public required TimeSpan ProcessedRetention { get; init; }

    public required TimeSpan DeadLetterRetention { get; init; }

    public required int DeadLetterLimit { get; init; }

    public required int MaxPayloadBytes { get; init; }

    public required ConsumerLoopState LoopState { get; init; }

    public string? LoopFailure { get; init; }

    public required int StuckHandlers { get; init; }

    public required IReadOnlyList<string> UndeclaredTriggers { get; init; }

    /// <summary>Gets what the servers say of themselves.</summary>
    public required IReadOnlyList<ServerRecord> Servers { get; init; }

    public required IReadOnlyList<PartitionView> Partitions { get; init; }
}
