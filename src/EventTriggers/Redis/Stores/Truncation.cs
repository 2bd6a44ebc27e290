namespace EventTriggers.Redis.Stores;

/// <summary>The partitions with lists that are longer than a query reads.</summary>
internal sealed class Truncation
{
    private readonly SortedSet<int> _partitions = [];

    /// <summary>Notes what a page of a partition says.</summary>
    public void Note(Partition partition, bool isTruncated)
    {
        if (isTruncated)
        {
            lock (_partitions)
            {
                _partitions.Add(partition.Index);
            }
        }
    }

    /// <exception cref="IncompleteResultException">There are some.</exception>
    public void ThrowIfAny()
    {
        if (_partitions.Count > 0)
        {
            throw new IncompleteResultException(
                $"Of partition {string.Join(", ", _partitions)}, the newest 10,000 entries of each list were read; some lists are longer.",
                [.. _partitions], innerException: null);
        }
    }
}
