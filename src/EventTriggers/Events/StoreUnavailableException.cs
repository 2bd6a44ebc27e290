namespace EventTriggers;

/// <summary>Redis refused an operation, or did not confirm it within <see cref="RedisTriggersOptions.OperationTimeout"/>.</summary>
/// <remarks>
/// Of several partitions some may answer all the same: an <see cref="IncompletePublishException"/> says which events were accepted, an <see cref="IncompleteResultException"/> which
/// partitions a query did not read.
/// </remarks>
public class StoreUnavailableException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="StoreUnavailableException"/> class.</summary>
    /// <param name="message">What was refused or not confirmed, and what that means.</param>
    /// <param name="mayHaveHappened">Whether the operation may have taken effect.</param>
    /// <param name="innerException">The last failure.</param>
    public StoreUnavailableException(string message, bool mayHaveHappened, Exception? innerException)
        : base(message, innerException)
    {
        MayHaveHappened = mayHaveHappened;
    }

    /// <summary>Gets a value indicating whether the operation may have taken effect although its confirmation was lost.</summary>
    /// <value>
    /// <see langword="false"/>: nothing was changed. <see langword="true"/>: unknown. An event with an id of its own can be published again
    /// safely in either case.
    /// </value>
    public bool MayHaveHappened { get; }
}
