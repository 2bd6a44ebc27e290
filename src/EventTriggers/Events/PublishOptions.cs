namespace EventTriggers;

/// <summary>The options of one published event.</summary>
public sealed class PublishOptions
{
    /// <summary>Gets the event's id.</summary>
    /// <value>
    /// The default is a new id. An id has 1–200 characters of <c>A–Z a–z 0–9 . _ : / -</c>. The part before the first <c>/</c> decides the
    /// partition, so events that share it live together; with several partitions the id of an event with a <see cref="Key"/> must begin
    /// with the key and a <c>/</c>. Only EventTriggers writes the marks <c>@ = ~ +</c>: <c>trigger/@ms</c> is the
    /// event that a trigger raised for a moment, <c>trigger/=event</c> (or <c>trigger/~hash</c>, if that is too long) for another event,
    /// and <c>key/+id</c> is a follow-up. An id is accepted once within <see cref="RedisTriggersOptions.DeduplicationWindow"/> and while
    /// its event is remembered; publishing it again changes nothing and returns <see cref="PublishOutcome.Repeated"/>.
    /// </value>
    public string? Id { get; init; }

    /// <summary>
    /// Gets the key of the event: what it is about, for example an order. A group can handle the events of a key in order, or a few at a
    /// time (<see cref="GroupBuilder.InOrder"/>, <see cref="GroupBuilder.PerKey"/>). A follow-up inherits the key of the event that it
    /// follows.
    /// </summary>
    /// <value>
    /// <para>The default is <see langword="null"/>: that of the type, if <c>AddEvent</c> gives it one and the payload is not JSON already;
    /// otherwise none. A key has 1–200 characters of <c>A–Z a–z 0–9 . _ : -</c>; a <c>/</c> is not among them, because the part of an id
    /// before its first <c>/</c> decides the partition.</para>
    /// <para>All events of a key live in one partition: without an <see cref="Id"/> the event gets the id <c>key/</c> and 22 characters. An
    /// <see cref="Id"/> of your own must begin with the key and a <c>/</c> if there are several partitions, and has at most 200 characters
    /// as a whole; with one partition any id is fine. A follow-up is written in the partition of the event that it follows: with several
    /// partitions its key must be the part of that event's id before the first <c>/</c>.</para>
    /// <para>An event that a trigger raises has the key of the trigger's options; without one, that of the event that it matched. It is
    /// written in the partition of the trigger: with several partitions the part of the trigger's id before the first <c>/</c> must be the
    /// key. A key in the options of another trigger is refused when the trigger is added, and other triggers pass none on.</para>
    /// </value>
    public string? Key { get; init; }

    /// <summary>Gets how urgently the event is handled, beside the other ready events of a group.</summary>
    /// <value>
    /// The default is <see cref="EventTriggers.Priority.Normal"/>. A group that orders by key handles the events of a key in their order,
    /// whatever their priorities, and triggers match events in theirs. A delivery that is quarantined after crashes, or that waits for a
    /// host that handles its type, waits without a priority. A follow-up does not inherit it.
    /// </value>
    public Priority Priority { get; init; }

    /// <summary>
    /// Gets what makes the event unique work: of the events that bear its name, at most one runs at a time, and at most one waits for it.
    /// </summary>
    /// <value>
    /// <para>The default is <see langword="null"/>: the event has no name. While another event holds the name, this one is not published,
    /// replaces it, or waits for it, as <see cref="EventTriggers.Unique.Otherwise"/> says; if it is not published, the result has the
    /// id of the event that is kept, and <see cref="PublishOutcome.Kept"/>.</para>
    /// <para>With a <see cref="Key"/> the name is unique within the key; without one, in the whole bus: then the event gets the id
    /// <c>name/</c> and 22 characters, and with several partitions an <see cref="Id"/> of your own must begin with the name and a
    /// <c>/</c>. A follow-up without a key is written in the partition of the event that it follows: with several partitions its name must
    /// be the part of that event's id before the first <c>/</c>. The events of triggers cannot have it.</para>
    /// </value>
    public Unique? Unique { get; init; }

    /// <summary>Gets the time after its acceptance, by the clock of Redis, at which the event becomes ready.</summary>
    /// <value>
    /// The default is <see langword="null"/>: the event is ready immediately. Not negative, at most 3650 days, rounded up to the
    /// millisecond. Cannot be combined with <see cref="DueAt"/>.
    /// </value>
    public TimeSpan? Delay { get; init; }

    /// <summary>Gets the moment at which the event becomes ready, by the clock of Redis; it is never ready earlier.</summary>
    /// <value>
    /// The default is <see langword="null"/>: the event is ready immediately, as it is with a moment in the past. Rounded up to the
    /// millisecond. Cannot be combined with <see cref="Delay"/>. An event that <see cref="ExpiresAfter"/> ends before this moment expires
    /// without being handled.
    /// </value>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>
    /// Gets which events cancel this one, as <see cref="IEventStore.CancelAsync(string, CancellationToken)"/> does: for example a reminder
    /// when the order is paid. The token of a handler that is already running is canceled.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: none. The library watches for them from the return of the publish until the event is due, and
    /// a day or two longer. Follow-ups cannot have it.
    /// </value>
    public EventCondition? CancelOn { get; init; }

    /// <summary>Gets the time after its acceptance at which the event expires: it is not handed to a handler after that.</summary>
    /// <value>
    /// The default is <see langword="null"/>: never. Longer than <see cref="Delay"/>; at most 3650 days, rounded up to the millisecond.
    /// </value>
    public TimeSpan? ExpiresAfter { get; init; }

    /// <summary>Gets the correlation id, which ties events together, for example a request id. Follow-up events inherit it.</summary>
    /// <value>The default is <see langword="null"/>: none. At most 200 characters of Unicode; an empty one means none.</value>
    public string? CorrelationId { get; init; }

    /// <summary>Gets further values that travel with the event.</summary>
    /// <value>
    /// The default is <see langword="null"/>: none. At most 64 headers, with at most 16 KiB together as JSON. Names have at least one
    /// character; names and values are Unicode.
    /// </value>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
