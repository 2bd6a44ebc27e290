using System.Text;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;
using EventTriggers.Triggers;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers;

/// <summary>An event and its delivery, without the payload's type.</summary>
public abstract class EventContext
{
    private readonly HandlerProgress _run;
    private IServiceScope? _scope;
    private HandlerRequests? _requests;

    private protected EventContext(HandlerProgress run)
    {
        _run = run;
        Headers = HeaderJson.Read(Delivery.Headers);
        Firing = FiringJson.Read(Delivery.Firing, Delivery.Sources);
    }

    /// <summary>Gets the event's id. It is the same on every attempt, so you can use it as an idempotency key.</summary>
    public string Id => Delivery.Id;

    /// <summary>Gets the event's wire name.</summary>
    public string Type => Delivery.Type;

    /// <summary>Gets the group that this delivery belongs to.</summary>
    public string Group => Delivery.Group;

    /// <summary>
    /// Gets the attempt number, starting at 1. Attempts that were released are not counted: those that had not begun, and those whose
    /// handler stopped because its token was canceled by a shutdown or a lease in doubt.
    /// </summary>
    public int Attempt => Delivery.Attempt;

    /// <summary>Gets the moment at which the event was accepted, by the clock of Redis.</summary>
    public DateTimeOffset PublishedAt => UnixTime.ToDateTimeOffset(Delivery.PublishedMs);

    /// <summary>Gets the headers that the event was published with.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>Gets the correlation id that the event was published with; <see langword="null"/> if it has none.</summary>
    public string? CorrelationId => Delivery.CorrelationId;

    /// <summary>Gets the key of the event (<see cref="PublishOptions.Key"/>); <see langword="null"/> if it has none.</summary>
    public string? Key => Delivery.Key;

    /// <summary>Gets the firing that raised the event; <see langword="null"/> if a program published it.</summary>
    public Firing? Firing { get; internal init; }

    /// <summary>
    /// Gets the services of the handler's own scope. The scope begins when you first read this property, and ends with the handler; each
    /// handler of an event has its own.
    /// </summary>
    /// <exception cref="InvalidOperationException">The handler has ended.</exception>
    public IServiceProvider Services
    {
        get
        {
            if (_scope is null)
            {
                var scope = _run.Services.Scopes.CreateScope();
                if (Interlocked.CompareExchange(ref _scope, scope, null) is not null)
                {
                    // Another thread of the handler was faster.
                    scope.Dispose();
                }
            }

            return _scope.ServiceProvider;
        }
    }

    /// <summary>
    /// Gets a value indicating whether no other consumer can hold this delivery now: its lease was extended less than
    /// <see cref="RedisTriggersOptions.LeaseDuration"/> ago, by this machine's clock.
    /// </summary>
    /// <value>
    /// <see langword="false"/> while Redis has not answered for longer than that, and after the lease was lost. Reading it does not call
    /// Redis.
    /// </value>
    public bool LeaseIsCertain =>
        _run.Lease.Interruption != Interruption.LeaseLost && !_run.Lease.MayBeOver(_run.Services.Time, _run.Services.Options.LeaseDuration);

    /// <summary>Gets the lease under which the delivery is handled.</summary>
    internal Lease Lease => _run.Lease;

    /// <summary>Gets what the handler has published so far.</summary>
    internal IReadOnlyList<OutgoingEvent> FollowUps => Volatile.Read(ref _requests)?.FollowUps ?? [];

    /// <summary>Gets for how long the handler has put the delivery off so far; <see langword="null"/> if it has not.</summary>
    internal RetryLaterException? PutOff => Volatile.Read(ref _requests)?.PutOff;

    /// <summary>Gets the exception with which the handler's scope ended; <see langword="null"/> for none, or while it has not.</summary>
    internal Exception? ScopeFailure => (Volatile.Read(ref _scope) as EndedScope)?.Failure;

    private Delivery Delivery => _run.Lease.Delivery;

    private HandlerRequests Requests => LazyInitializer.EnsureInitialized(ref _requests);

    /// <summary>
    /// Extends the lease immediately. Call it before a step that cannot be undone: when it returns, no other consumer gets the delivery for
    /// another <see cref="RedisTriggersOptions.LeaseDuration"/>.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <returns>A task that completes when the lease is extended.</returns>
    /// <exception cref="LeaseLostException">
    /// Another consumer may already handle the delivery. Let the exception end the handler.
    /// </exception>
    /// <exception cref="StoreUnavailableException">
    /// Redis did not answer within <see cref="RedisTriggersOptions.OperationTimeout"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The handler has ended.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public ValueTask ConfirmLeaseAsync(CancellationToken cancellationToken = default) => _run.Lease.IsConcluded
        ? throw new InvalidOperationException($"The handler of event '{Excerpt.Of(Id)}' has ended, and so has its lease.")
        : _run.Services.Leases.ConfirmAsync(_run.Lease, cancellationToken);

    /// <summary>Publishes a follow-up event: it appears if, and only if, this handler's success is recorded.</summary>
    /// <remarks>
    /// Nothing is sent to Redis yet: the follow-up is kept until the handler returns, and is recorded together with the success. A retry
    /// starts without follow-ups.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload; it is serialized immediately.</param>
    /// <param name="options">
    /// An id must begin with this event's id up to its first <c>/</c>, and a <c>/</c>. The correlation id is inherited unless one is given
    /// (an empty one means none), and so is the key, unless one is given or the follow-up's type has one; with several partitions another
    /// key than the part of this event's id before its first <c>/</c> is not allowed. Headers are inherited, except those whose name is
    /// given; all together keep to the limits of <see cref="PublishOptions.Headers"/>. <see cref="PublishOptions.CancelOn"/> is not
    /// allowed. With <see cref="PublishOptions.Unique"/> it is decided when the success is recorded whether the follow-up appears.
    /// </param>
    /// <returns>The id of the follow-up.</returns>
    /// <exception cref="ArgumentException">The payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The handler has more than 1000 follow-ups or more than 1 MiB of them; or it has ended, so nothing would record the follow-up.
    /// </exception>
    public string Publish<TEvent>(TEvent payload, PublishOptions? options = null)
        where TEvent : notnull => Add([FollowUp(_run.Services.Events.Create(payload, Check(options), parent: Id), options)])[0];

    /// <summary>
    /// Publishes a follow-up event whose payload is already JSON: it appears if, and only if, this handler's success is recorded.
    /// </summary>
    /// <remarks><inheritdoc cref="Publish{TEvent}" path="/remarks"/></remarks>
    /// <param name="type">The wire name of the follow-up.</param>
    /// <param name="payload">One JSON value in UTF-8.</param>
    /// <param name="options">
    /// An id must begin with this event's id up to its first <c>/</c>, and a <c>/</c>. The correlation id is inherited unless one is given
    /// (an empty one means none), and so is the key, unless one is given; with several partitions another key
    /// than the part of this event's id before its first <c>/</c> is not allowed. Headers are inherited, except those whose name is
    /// given; all together keep to the limits of <see cref="PublishOptions.Headers"/>. <see cref="PublishOptions.CancelOn"/> is not
    /// allowed. With <see cref="PublishOptions.Unique"/> it is decided when the success is recorded whether the follow-up appears.
    /// </param>
    /// <returns>The id of the follow-up.</returns>
    /// <exception cref="ArgumentException">The payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The handler has more than 1000 follow-ups or more than 1 MiB of them; or it has ended, so nothing would record the follow-up.
    /// </exception>
    public string PublishRaw(string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null) =>
        Add([FollowUp(_run.Services.Events.CreateRaw(type, payload, Check(options), parent: Id), options)])[0];

    /// <summary>
    /// Publishes several follow-up events of any types: all of them appear if, and only if, this handler's success is recorded.
    /// </summary>
    /// <remarks>
    /// Nothing is sent to Redis yet, see <see cref="Publish{TEvent}"/>. If one of the events is not allowed, none of them is published.
    /// </remarks>
    /// <param name="events">The events, each with its own options, for which the rules of <see cref="Publish{TEvent}"/> hold.</param>
    /// <returns>The ids of the follow-ups, in the order of <paramref name="events"/>.</returns>
    /// <exception cref="ArgumentException">The payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The handler has more than 1000 follow-ups or more than 1 MiB of them; or it has ended, so nothing would record the follow-up.
    /// </exception>
    public IReadOnlyList<string> PublishMany(IReadOnlyList<EventToPublish> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var followUps = new OutgoingEvent[events.Count];
        for (var i = 0; i < followUps.Length; i++)
        {
            var one = events[i] ?? throw new ArgumentException($"Event {i} of the list is null.", nameof(events));
            Check(one.Options);
            followUps[i] = FollowUp(_run.Services.Events.Create(one, parent: Id), one.Options);
        }

        return Add(followUps);
    }

    /// <summary>
    /// Puts the delivery off once the handler has returned: it is tried again later, and no attempt is spent. The same as to end the
    /// handler with a <see cref="RetryLaterException"/>, whose remarks apply, for a handler that has nothing to throw.
    /// </summary>
    /// <remarks>
    /// What the handler publishes is not recorded, whether before or after this call. If the handler throws all the same, its exception
    /// counts instead. If it is called more than once, the first call counts. Middleware sees a handler that returns.
    /// </remarks>
    /// <param name="after">When it is tried again, from now on; 0 to 3650 days. A time outside of that is taken as the nearest of the two.
    /// </param>
    /// <param name="limit">The limit of the group that stands still until then, for everybody; one of <see cref="GroupOptions.Limits"/>.
    /// <see langword="null"/> for none: then only this delivery waits.</param>
    /// <exception cref="InvalidOperationException">The handler has ended, so its delivery cannot be put off any more.</exception>
    public void RetryLater(TimeSpan after, string? limit = null) => Requests.RetryLater(Id, new RetryLaterException(after, limit));

    /// <summary>Ends what the handler can ask for: nothing more is published or put off.</summary>
    /// <returns>What it has published.</returns>
    internal IReadOnlyList<OutgoingEvent> Close() =>
        Interlocked.CompareExchange(ref _requests, HandlerRequests.Ended, null)?.Close() ?? [];

    /// <summary>Ends the handler's scope, if it has begun; none begins later.</summary>
    internal ValueTask EndScopeAsync() =>
        Interlocked.Exchange(ref _scope, EndedScope.Instance) is { } scope
            ? new AsyncServiceScope(scope).DisposeAsync()
            : ValueTask.CompletedTask;

    /// <summary>Notes that the scope's services failed to be disposed.</summary>
    internal void FailScope(Exception failure) => Volatile.Write(ref _scope, new EndedScope(failure));

    private static PublishOptions? Check(PublishOptions? options) => options?.CancelOn is null
        ? options
        : throw new ArgumentException(
            "A follow-up cannot have CancelOn: nothing watches before it is recorded. Publish it through IEventBus.", nameof(options));

    private OutgoingEvent FollowUp(OutgoingEvent outgoing, PublishOptions? options) =>
        _run.Services.Events.CheckFollowUp(outgoing.Inherit(CorrelationId, Key, HeadersWith(options?.Headers), Delivery.Chain), parent: Id)
            .PublishedBy(TraceText.OfCurrent() ?? DeliveryTrace.TextOf(Delivery));

    private string[] Add(OutgoingEvent[] added)
    {
        Requests.Publish(Id, added);
        return Array.ConvertAll(added, static outgoing => outgoing.Id);
    }

    // A follow-up's headers: this event's, and before them its own; null where it has only its own.
    private string? HeadersWith(IReadOnlyDictionary<string, string>? own)
    {
        if (Headers.Count == 0)
        {
            return null;
        }

        if (own is null || own.Count == 0)
        {
            return Encoding.UTF8.GetString(Delivery.Headers);
        }

        var all = new Dictionary<string, string>(Headers, StringComparer.Ordinal);
        foreach (var (name, value) in own)
        {
            all[name] = value;
        }

        return EventTexts.WriteHeaders(all, nameof(own));
    }
}

/// <summary>An event and its delivery.</summary>
/// <typeparam name="TEvent">The payload's type.</typeparam>
public sealed class EventContext<TEvent> : EventContext
{
    internal EventContext(TEvent payload, HandlerProgress run)
        : base(run)
    {
        Event = payload;
    }

    /// <summary>Gets the payload.</summary>
    public TEvent Event { get; }
}
