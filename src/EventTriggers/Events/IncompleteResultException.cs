namespace EventTriggers;

/// <summary>A query has returned everything that the other partitions hold, but some partitions could not be read to their end. An enumeration that ends without this exception has read all.</summary>
public sealed class IncompleteResultException : StoreUnavailableException
{
    /// <summary>Initializes a new instance of the <see cref="IncompleteResultException"/> class.</summary>
    /// <param name="message">Which partitions could not be read, and why.</param>
    /// <param name="unreadPartitions">Their numbers.</param>
    /// <param name="innerException">Why; an <see cref="AggregateException"/> if there are several.</param>
    public IncompleteResultException(string message, IReadOnlyList<int> unreadPartitions, Exception? innerException)
        : base(message, mayHaveHappened: false, innerException)
    {
        UnreadPartitions = unreadPartitions;
    }

    /// <summary>Gets the numbers of the partitions that could not be read to their end, in ascending order. What was read of them before they failed has been returned.</summary>
    public IReadOnlyList<int> UnreadPartitions { get; }
}
