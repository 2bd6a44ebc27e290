namespace EventTriggers.Redis.Publishing;

/// <summary>
/// Bounds what a process has published and Redis has not confirmed. Half of it is for whoever needs it, and of the other half each partition has a share of its own: what waits for a partition that is away
/// takes no room from the others.
/// </summary>
internal sealed class PublishBudget(long most, int partitions)
{
    private readonly long[] _ofPartitions = new long[partitions];
    private long _ofAll;

    /// <summary>Gets about how many bytes wait.</summary>
    public long Waiting => Volatile.Read(ref _ofAll);

    /// <summary>Takes room for a publish; <see cref="Return"/> it, also when there is none.</summary>
    public bool TryTake(Partition partition, long bytes)
    {
        var ofAll = Interlocked.Add(ref _ofAll, bytes);
        var ofPartition = Interlocked.Add(ref _ofPartitions[partition.Index], bytes);

        // What comes alone is let through however large it is.
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
