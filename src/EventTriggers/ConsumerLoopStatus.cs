namespace EventTriggers;

/// <summary>What a consumer loop of this process knows about itself, at one moment. Reading it never asks Redis.</summary>
public sealed record ConsumerLoopStatus
{
    /// <summary>Gets the status of a loop that does not report one.</summary>
    public static ConsumerLoopStatus Unknown { get; } = new();

    /// <summary>Gets where the loop stands.</summary>
    /// <value>The default is <see cref="ConsumerLoopState.Unknown"/>.</value>
    public ConsumerLoopState State { get; init; }

    /// <summary>Gets the exception with which the loop ended, for example an <see cref="IncompatibleStoreException"/>.</summary>
    /// <value><see langword="null"/> while the loop runs, or when it ended because it was asked to.</value>
    public Exception? Failure { get; init; }

    /// <summary>Gets the status of each partition, in the order of their numbers.</summary>
    /// <value>The default is empty.</value>
    public IReadOnlyList<PartitionStatus> Partitions { get; init; } = [];

    /// <summary>Gets the number of handlers that ran longer than their time limit, ignore their cancellation token, and have not returned
    /// yet. Each of them blocks a worker.</summary>
    public int StuckHandlers { get; init; }

    /// <summary>Gets the ids of the declared triggers that could not be stored, ordered by id. Outages are retried.</summary>
    /// <value>The default is empty.</value>
    public IReadOnlyList<string> UndeclaredTriggers { get; init; } = [];
}
