using EventTriggers.Diagnostics.Telemetry;

namespace EventTriggers.Redis.Publishing;

/// <summary>
/// Bounds what a process has published and Redis has not confirmed. All partitions share one half, and each has its own share of the other
/// half: publishes that wait for a partition that is away take no room from the others.
/// </summary>
internal sealed class PublishBudget(long most, int partitions) : IPendingBytes
{
    private readonly long[] _ofPartitions = new long[partitions];
    private long _ofAll;

    /// <summary>Gets the approximate number of bytes that wait.</summary>
    public long Waiting => Volatile.Read(ref _ofAll);

    /// <summary>Takes room for a publish. Call <see cref="Return"/> afterwards, even if there was no room.</summary>
    public bool TryTake(Partition partition, long bytes)
    {
        var ofAll = Interlocked.Add(ref _ofAll, bytes);
        var ofPartition = Interlocked.Add(ref _ofPartitions[partition.Index], bytes);

        // A publish that is alone is let through, whatever its size.
        return ofAll <= Shared || ofPartition <= Own || ofPartition == bytes;
    }

    public void Return(Partition partition, long bytes)
    {
        Interlocked.Add(ref _ofAll, -bytes);
        Interlocked.Add(ref _ofPartitions[partition.Index], -bytes);
    }

    private long Shared => partitions == 1 ? most : most / 2;

    private long Own => most / 2 / partitions;
}
