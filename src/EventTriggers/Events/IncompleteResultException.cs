namespace EventTriggers;

/// <summary>
/// Some partitions could not be read to their end; the query has returned everything in the others. An enumeration that ends without this
/// exception is complete.
/// </summary>
public sealed class IncompleteResultException : StoreUnavailableException
{
    /// <summary>Initializes a new instance of the <see cref="IncompleteResultException"/> class.</summary>
    /// <param name="message">The partitions that could not be read, and why.</param>
    /// <param name="unreadPartitions">Their numbers.</param>
    /// <param name="innerException">The cause; an <see cref="AggregateException"/> if there are several.</param>
    public IncompleteResultException(string message, IReadOnlyList<int> unreadPartitions, Exception? innerException)
        : base(message, mayHaveHappened: false, innerException)
    {
        UnreadPartitions = unreadPartitions;
    }

    /// <summary>
    /// Gets the numbers of the partitions that could not be read to their end, in ascending order. The part that was read before they
    /// failed has been returned.
    /// </summary>
    public IReadOnlyList<int> UnreadPartitions { get; }
}
