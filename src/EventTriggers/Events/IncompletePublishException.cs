namespace EventTriggers;

/// <summary>
/// Not every event of one call of <see cref="IEventBus.PublishManyAsync{TEvent}"/> was accepted and confirmed. <see cref="Results"/> holds
/// the outcome of each.
/// </summary>
/// <remarks>
/// Do not publish the whole list again: that would repeat the events that were accepted. Publish the events that are
/// <see cref="PublishOutcome.NotAccepted"/>. When Redis answers again, <see cref="IEventStore.FindAsync"/> finds an event that was
/// <see cref="PublishOutcome.Unknown"/> if it was accepted.
/// </remarks>
public sealed class IncompletePublishException : StoreUnavailableException
{
    /// <summary>Initializes a new instance of the <see cref="IncompletePublishException"/> class.</summary>
    /// <param name="message">The number of events that were not accepted, and why.</param>
    /// <param name="results">The outcome of each event.</param>
    /// <param name="innerException">The cause; an <see cref="AggregateException"/> if several partitions failed.</param>
    public IncompletePublishException(string message, IReadOnlyList<PublishResult> results, Exception? innerException)
        : base(
            message, (results ?? throw new ArgumentNullException(nameof(results)))
                .Any(static result => result.Outcome != PublishOutcome.NotAccepted), innerException)
    {
        Results = results;
    }

    /// <summary>Gets the events' ids and outcomes, in the order in which the events were given.</summary>
    public IReadOnlyList<PublishResult> Results { get; }
}
