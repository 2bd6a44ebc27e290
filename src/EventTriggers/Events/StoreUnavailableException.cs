namespace EventTriggers;

/// <summary>Redis refused an operation, or did not confirm it within <see cref="RedisTriggersOptions.OperationTimeout"/>.</summary>
/// <remarks>
/// If there are several partitions, the others may still answer: an <see cref="IncompletePublishException"/> says which events were
/// accepted, and an <see cref="IncompleteResultException"/> which partitions a query did not read.
/// </remarks>
public class StoreUnavailableException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="StoreUnavailableException"/> class.</summary>
    /// <param name="message">The operation that was refused or not confirmed, and the consequence.</param>
    /// <param name="mayHaveHappened">Whether the operation may have taken effect.</param>
    /// <param name="innerException">The last failure.</param>
    public StoreUnavailableException(string message, bool mayHaveHappened, Exception? innerException)
        : base(message, innerException)
    {
        MayHaveHappened = mayHaveHappened;
    }

    /// <summary>Gets a value indicating whether the operation may have taken effect although its confirmation was lost.</summary>
    /// <value>
    /// <see langword="false"/>: nothing was changed. <see langword="true"/>: unknown. An event with a chosen id can safely be published
    /// again in both cases.
    /// </value>
    public bool MayHaveHappened { get; }
}
