using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers;

/// <summary>An event in a batch and its delivery, without the payload's type.</summary>
public abstract class BatchItem
{
    private readonly Lock _lock = new();
    private IReadOnlyList<OutgoingEvent>? _followUps;
    private Exception? _failure;

    private protected BatchItem(EventContext context) => (Context, CancellationToken) = (context, context.Lease.Token);

    /// <inheritdoc cref="EventContext.Id"/>
    public string Id => Context.Id;

    /// <inheritdoc cref="EventContext.Type"/>
    public string Type => Context.Type;

    /// <inheritdoc cref="EventContext.Group"/>
    public string Group => Context.Group;

    /// <summary>
    /// Gets the attempt number of this event, starting at 1. Attempts that were released are not counted. Each event of a batch has its
    /// own; one beyond 3 is in a batch of its own.
    /// </summary>
    public int Attempt => Context.Attempt;

    /// <inheritdoc cref="EventContext.PublishedAt"/>
    public DateTimeOffset PublishedAt => Context.PublishedAt;

    /// <inheritdoc cref="EventContext.Headers"/>
    public IReadOnlyDictionary<string, string> Headers => Context.Headers;

    /// <inheritdoc cref="EventContext.CorrelationId"/>
    public string? CorrelationId => Context.CorrelationId;

    /// <inheritdoc cref="EventContext.Key"/>
    public string? Key => Context.Key;

    /// <inheritdoc cref="EventContext.Firing"/>
    public Firing? Firing => Context.Firing;

    /// <inheritdoc cref="EventContext.LeaseIsCertain"/>
    public bool LeaseIsCertain => Context.LeaseIsCertain;

    /// <summary>
    /// Gets a value indicating whether the lease of this event is known to be lost: another consumer may already handle it, and its result
    /// here is refused. The other events of the batch go on.
    /// </summary>
    public bool LeaseIsLost => Context.Lease.Interruption == Interruption.LeaseLost;

    /// <summary>
    /// Gets the token of this event: canceled when its lease is lost, when the event is canceled, and when the batch is to stop because of
    /// a shutdown or a lease in doubt. The time limit of the handler does not cancel it.
    /// </summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Gets the exception that this event is marked with; <see langword="null"/> for none.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Gets what the event would be in a handler of its own.</summary>
    internal EventContext Context { get; }

    /// <summary>
    /// Marks this event as failed: it is tried again after its own delay, or becomes a dead letter if it is out of attempts, whatever
    /// becomes of the rest of the batch. What it has published is not recorded.
    /// </summary>
    /// <param name="exception">Why. If an event is marked more than once, the first exception counts.</param>
    /// <exception cref="ArgumentNullException"><paramref name="exception"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The handler has ended, so the mark would not be recorded.</exception>
    public void Fail(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        lock (_lock)
        {
            if (_followUps is not null)
            {
                throw new InvalidOperationException(
                    $"The batch handler of event '{Excerpt.Of(Id)}' has ended, so the failure would not be recorded.");
            }

            _failure ??= exception;
        }
    }

    /// <summary>
    /// Puts this event off, whatever becomes of the rest of the batch: it is tried again later, and no attempt is spent. What it has
    /// published is not recorded. The same as <see cref="Fail"/> with a <see cref="RetryLaterException"/>, whose remarks apply.
    /// </summary>
    /// <param name="after">When it is tried again, from now on; 0 to 3650 days. A time outside of that is taken as the nearest of the two.
    /// </param>
    /// <param name="limit">The limit of the group that stands still until then, for everybody; <see langword="null"/> for none.</param>
    /// <exception cref="InvalidOperationException">The handler has ended, so the mark would not be recorded.</exception>
    public void RetryLater(TimeSpan after, string? limit = null) => Fail(new RetryLaterException(after, limit));

    /// <inheritdoc cref="EventContext.ConfirmLeaseAsync"/>
    public ValueTask ConfirmLeaseAsync(CancellationToken cancellationToken = default) => Context.ConfirmLeaseAsync(cancellationToken);

    /// <summary>Publishes a follow-up event: it appears if, and only if, the success of this event is recorded.</summary>
    /// <remarks><inheritdoc cref="EventContext.Publish{TEvent}" path="/remarks"/></remarks>
    /// <typeparam name="TFollowUp">The payload's type.</typeparam>
    /// <param name="payload">The payload; it is serialized immediately.</param>
    /// <param name="options">The options, for which the rules of <see cref="EventContext.Publish{TEvent}"/> hold.</param>
    /// <returns>The id of the follow-up.</returns>
    /// <exception cref="ArgumentException">The payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// This event has more than 1000 follow-ups or more than 1 MiB of them; or the handler has ended.
    /// </exception>
    public string Publish<TFollowUp>(TFollowUp payload, PublishOptions? options = null)
        where TFollowUp : notnull => Context.Publish(payload, options);

    /// <summary>
    /// Publishes a follow-up event whose payload is already JSON: it appears if, and only if, the success of this event is recorded.
    /// </summary>
    /// <remarks><inheritdoc cref="EventContext.Publish{TEvent}" path="/remarks"/></remarks>
    /// <param name="type">The wire name of the follow-up.</param>
    /// <param name="payload">One JSON value in UTF-8.</param>
    /// <param name="options">The options, for which the rules of <see cref="EventContext.Publish{TEvent}"/> hold.</param>
    /// <returns>The id of the follow-up.</returns>
    /// <exception cref="ArgumentException">The payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// This event has more than 1000 follow-ups or more than 1 MiB of them; or the handler has ended.
    /// </exception>
    public string PublishRaw(string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null) =>
        Context.PublishRaw(type, payload, options);

    /// <summary>
    /// Publishes several follow-up events of any types: all of them appear if, and only if, the success of this event is recorded.
    /// </summary>
    /// <remarks>If one of the events is not allowed, none of them is published.</remarks>
    /// <param name="events">The events, each with its own options, for which the rules of <see cref="EventContext.Publish{TEvent}"/> hold.
    /// </param>
    /// <returns>The ids of the follow-ups, in the order of <paramref name="events"/>.</returns>
    /// <exception cref="ArgumentException">The payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// This event has more than 1000 follow-ups or more than 1 MiB of them; or the handler has ended.
    /// </exception>
    public IReadOnlyList<string> PublishMany(IReadOnlyList<EventToPublish> events) => Context.PublishMany(events);

    /// <summary>Ends what the handler can do with it: nothing more is marked or published.</summary>
    /// <returns>What was published.</returns>
    internal IReadOnlyList<OutgoingEvent> Close()
    {
        lock (_lock)
        {
            return _followUps ??= Context.Close();
        }
    }
}

/// <summary>An event in a batch, and its delivery.</summary>
/// <typeparam name="TEvent">The payload's type.</typeparam>
public sealed class BatchItem<TEvent> : BatchItem
{
    internal BatchItem(EventContext<TEvent> context)
        : base(context) => Event = context.Event;

    /// <summary>Gets the payload.</summary>
    public TEvent Event { get; }
}
